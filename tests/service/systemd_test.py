"""The relay as a service of a real systemd, in a container of the test's own."""

import service_machine
from support import main

from control_cases import ControlTest  # noqa: F401
from drain_cases import DrainTest  # noqa: F401
from failure_cases import FailureTest, WatchdogTest  # noqa: F401
from fleet_cases import FleetUnitsTest  # noqa: F401
from hardening_cases import PrivilegedPortTest, RunTest, WorkTest, WriteTest  # noqa: F401
from socket_cases import SocketTest  # noqa: F401
from restart_cases import RestartTest  # noqa: F401
from start_cases import JournalTest, ReloadTest, StartTest  # noqa: F401

if __name__ == "__main__":
    try:
        main()
    finally:
        service_machine.end()
