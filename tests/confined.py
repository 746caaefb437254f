"""Run a program under a filter of system calls, as systemd would: ``python confined.py FILE PROGRAM ARGUMENT...``.

FILE names the system calls that are allowed, one a line. Memory that may be written and run is denied as well. Whatever
is denied answers EPERM. It speaks to libseccomp, which systemd brings with it.
"""

import ctypes
import os
import sys
from pathlib import Path

ALLOW = 0x7FFF0000  # SCMP_ACT_ALLOW
EPERM = 0x00050001  # SCMP_ACT_ERRNO(EPERM)
MASKED_EQUAL = 7  # SCMP_CMP_MASKED_EQ
PROT_WRITE, PROT_EXEC, SHM_EXEC = 2, 4, 0o100000
NOT_HERE = -1  # a call that this architecture does not have


class Argument(ctypes.Structure):
    """struct scmp_arg_cmp"""

    _fields_ = (("number", ctypes.c_uint), ("op", ctypes.c_int), ("mask", ctypes.c_uint64), ("value", ctypes.c_uint64))


# What MemoryDenyWriteExecute= leaves of these: the argument, the bits that are looked at, the values that may be there.
MEMORY = {
    "mmap": (2, PROT_WRITE | PROT_EXEC, (0, PROT_WRITE, PROT_EXEC)),
    "mprotect": (2, PROT_EXEC, (0,)),
    "pkey_mprotect": (2, PROT_EXEC, (0,)),
    "shmat": (2, SHM_EXEC, (0,)),
}


def confine(allowed: list[str]) -> None:
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.seccomp_init(EPERM))
    for name in allowed:
        call = lib.seccomp_syscall_resolve_name(name.encode())
        if call == NOT_HERE:
            continue
        number, mask, values = MEMORY.get(name, (0, 0, ()))
        rules = [Argument(number, MASKED_EQUAL, mask, value) for value in values]
        for rule in rules or [None]:
            wrong = lib.seccomp_rule_add_array(
                context, ALLOW, call, 1 if rule else 0, ctypes.byref(rule) if rule else None
            )
            assert wrong == 0, (name, wrong)
    assert lib.seccomp_load(context) == 0


if __name__ == "__main__":
    confine(Path(sys.argv[1]).read_text(encoding="utf-8").split())
    os.execv(sys.argv[2], sys.argv[2:])
