"""System calls that students' code has no business with, refused by the kernel.

Namespaces and a powerless user already keep such calls from reaching anything; the filter keeps
them from reaching the kernel's less trodden code, where most ways out of a sandbox were found, and
closes what no other limit counts (memory held by ``memfd_create`` or System V segments, sockets
such as AF_VSOCK that know no network namespace).

The filter is a program for the kernel's packet machine, put together here by hand: load a word,
compare, jump or return. It needs nothing but the standard library, since it runs in the sandbox.
Source: Linux, Documentation/userspace-api/seccomp_filter.rst.
"""

import ctypes
import functools
import platform
import struct

# Number of each refused call on x86_64 and on aarch64; None where that machine has no such call.
REFUSED: dict[str, tuple[int | None, int | None]] = {
    # into other processes and their memory
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # memory that belongs to no process
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "mq_open": (240, 180),
    # the kernel's wide doors
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "fanotify_init": (300, 262), "personality": (135, 92), "modify_ldt": (154, None),
    # the machine itself
    "reboot": (169, 142), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "syslog": (103, 116), "iopl": (172, None), "ioperm": (173, None),
    "vhangup": (153, 58), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "sethostname": (170, 161),
    "setdomainname": (171, 162),
}  # fmt: skip
# As if the kernel were too old to have them: libraries then take the older way.
ABSENT = {"clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
          "io_uring_register": (427, 427)}  # fmt: skip
CLONE, SOCKET, IOCTL = (56, 220), (41, 198), (16, 29)
NEW_NAMESPACES = 0x7E020000  # the CLONE_NEW* flags
FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH_*

EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data


def supported() -> bool:
    """Return whether the filter knows this machine's call numbers."""
    return platform.machine() in MACHINES


def instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """Return one instruction; ``yes`` and ``no`` say how many to skip after a comparison."""
    return struct.pack("=HBBI", code, yes, no, value)


def program(machine: str) -> bytes:
    """Return the filter for ``x86_64`` or ``aarch64``.

    >>> len(program("x86_64")) % 8
    0
    """
    column, architecture = MACHINES[machine]
    steps = [instruction(LOAD, ARCHITECTURE), instruction(EQUAL, architecture, yes=1)]
    steps += [instruction(RETURN, KILL), instruction(LOAD, NUMBER)]
    if machine == "x86_64":  # a second numbering of the same calls begins here
        steps += [instruction(AT_LEAST, 0x40000000, no=1), instruction(RETURN, ERRNO | ENOSYS)]
    for calls, error in ((REFUSED, EPERM), (ABSENT, ENOSYS)):
        for numbers in calls.values():
            if numbers[column] is not None:
                steps += [instruction(EQUAL, numbers[column] or 0, no=1)]
                steps += [instruction(RETURN, ERRNO | error)]
    steps += arguments(column)
    return b"".join([*steps, instruction(RETURN, ALLOW)])


def arguments(column: int) -> list[bytes]:
    """Return the steps for calls that are refused with some arguments only."""
    allow = instruction(RETURN, ALLOW)
    namespaces = [
        instruction(LOAD, FIRST),
        instruction(ANY_BIT, NEW_NAMESPACES, no=1),
        instruction(RETURN, ERRNO | EPERM),
        allow,
    ]
    families = [instruction(LOAD, FIRST)]
    for family in FAMILIES:
        families += [instruction(EQUAL, family, no=1), allow]
    families += [instruction(RETURN, ERRNO | EAFNOSUPPORT)]
    terminal = [instruction(LOAD, SECOND)]
    for request in TERMINAL_INJECTION:
        terminal += [instruction(EQUAL, request, no=1), instruction(RETURN, ERRNO | EPERM)]
    terminal += [allow]
    steps: list[bytes] = []
    for numbers, body in ((CLONE, namespaces), (SOCKET, families), (IOCTL, terminal)):
        steps += [instruction(EQUAL, numbers[column], no=len(body)), *body]
    return steps


@functools.cache
def program_here() -> bytes:
    """Return the filter for this machine; whoever forks has it made before."""
    return program(platform.machine())


def install() -> bool:
    """Put the filter on this process and all it will start; return whether one exists for it.

    Raises:
        OSError: the kernel refused the filter.
    """
    if not supported():
        return False
    code = program_here()
    buffer = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: the number of instructions and where they are.
    head = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(
        set_seccomp, mode_filter, head, 0, 0
    ):
        raise OSError(ctypes.get_errno(), "the kernel refused the seccomp filter")
    return True
