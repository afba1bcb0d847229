import pytest

# The contract is not a test module by name, yet its asserts should explain themselves.
pytest.register_assert_rewrite("tests.backends.session_contract")
