"""Owns ServiceUnits: the texts of systemd's units for the daemon."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SERVICE: Final = "edgetts.service"
SOCKET: Final = "edgetts.socket"
HTTP_SOCKET: Final = "edgetts-http.socket"

# What is left out on purpose: MemoryDenyWriteExecute, because OpenVINO compiles its
# kernels at run time and cffi its callbacks; RestrictRealtime is on because nothing
# here needs it; ~@resources, because threads are pinned to processors.
_SANDBOX: Final = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies={families}
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0077
"""

_SYSTEM_SANDBOX: Final = """\
DynamicUser=yes
SupplementaryGroups=
PrivateUsers=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectSystem=strict
ProtectHome={home}
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
RemoveIPC=yes
CapabilityBoundingSet=
AmbientCapabilities=
KeyringMode=private
CacheDirectory=edge_tts
StateDirectory=edge_tts
ConfigurationDirectory=edge_tts
Environment=XDG_CACHE_HOME=/var/cache XDG_DATA_HOME=/var/lib
Environment=XDG_CONFIG_HOME=/etc HOME=/var/lib/edge_tts
"""


@dataclass(frozen=True)
class ServiceUnits:
    """How the daemon shall run under systemd."""

    python: Path
    """Interpreter that has this package."""
    is_system: bool
    """A service of the machine; else one of a user's login."""
    is_lan: bool = False
    """Other machines may connect, as ``[http]`` and ``[wyoming]`` of the configuration
    say; else the kernel refuses their packets, and systemd holds the HTTP port."""
    http_port: int = 8880
    memory_max_mb: int = 1536
    """The system ends the daemon beyond it."""
    group: str | None = None
    """Who may use the Unix socket of a system service; None for everybody here."""

    def files(self) -> dict[str, str]:
        """Return file name -> text."""
        files = {SERVICE: self._service(), SOCKET: self._socket()}
        if not self.is_lan:
            # The door would not ask for a token on a port that systemd opened.
            files[HTTP_SOCKET] = self._http_socket()
        return files

    def _service(self) -> str:
        command = shlex.join([str(self.python), "-m", "edge_tts", "serve"])
        families = "AF_UNIX AF_INET AF_INET6"
        sandbox = _SANDBOX.format(families=families)
        if self.is_system:
            sandbox += _SYSTEM_SANDBOX.format(home=self._protect_home())
            if not self.is_lan:
                sandbox += "IPAddressDeny=any\nIPAddressAllow=localhost\n"
        sockets = SOCKET if self.is_lan else f"{SOCKET} {HTTP_SOCKET}"
        target = "multi-user.target" if self.is_system else "default.target"
        return f"""\
# Written by `edgetts service install`; changes belong into a drop-in
# (`systemctl {self._scope()}edit {SERVICE}`), which a new version leaves alone.
[Unit]
Description=Text to speech for other programs (edge_tts)
Requires={SOCKET}
After={SOCKET}

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
Sockets={sockets}
# Fed only while every worker gets on with its work.
WatchdogSec=30
TimeoutStartSec=120
TimeoutStopSec=40
Restart=on-failure
RestartSec=1

# Speech has to be made before it is heard: twice the share of an ordinary service.
CPUWeight=200
MemoryMax={self.memory_max_mb}M
MemorySwapMax=0
TasksMax=256
LimitNOFILE=16384
LimitCORE=0

{sandbox}
[Install]
WantedBy={target}
Also={sockets}
"""

    def _socket(self) -> str:
        path = "/run/edge_tts/socket" if self.is_system else "%t/edge_tts/socket"
        mode = "0600"
        if self.is_system:
            mode = "0666" if self.group is None else f"0660\nSocketGroup={self.group}"
        return f"""\
[Unit]
Description=Socket of edgetts say

[Socket]
ListenStream={path}
FileDescriptorName=socket
SocketMode={mode}
DirectoryMode=0755
Service={SERVICE}

[Install]
WantedBy=sockets.target
"""

    def _http_socket(self) -> str:
        return f"""\
[Unit]
Description=HTTP port of the speech daemon

[Socket]
ListenStream=127.0.0.1:{self.http_port}
FileDescriptorName=http
Service={SERVICE}

[Install]
WantedBy=sockets.target
"""

    def _scope(self) -> str:
        return "" if self.is_system else "--user "

    def _protect_home(self) -> str:
        """Whether home folders can be hidden: not when Python lives in one."""
        homes = (Path("/home"), Path("/root"), Path("/run/user"))
        # A virtual environment is a link to an interpreter elsewhere; both are needed.
        places: Sequence[Path] = (self.python, self.python.resolve())
        inside = any(home in place.parents for home in homes for place in places)
        return "read-only" if inside else "yes"
