"""Makes and judges voice packs; never imported by the runtime."""
