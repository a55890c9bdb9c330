"""The two errors a user may meet: what she mends, and what the world must mend.

Everything else that is raised is a bug and keeps its traceback.
"""


class TraitscopeError(Exception):
    """One sentence: where it is, what is wrong, how to mend it.

    Args:
        where: file and key or line, folder, model: the place the user should look at.
        what: what was found there, as a clause.
        mend: what to do about it, as a clause in the imperative, or a question.
    """

    exit_code = 1

    def __init__(self, where: str, what: str, mend: str) -> None:
        self.where, self.what, self.mend = where, what, mend
        super().__init__(f"{where}: {what}; {mend}{'' if mend.endswith('?') else '.'}")


class InputError(TraitscopeError):
    """The user wrote something that cannot be used (exit code 2)."""

    exit_code = 2


class WorkError(TraitscopeError):
    """Disk, network, judge, memory, a damaged artefact or a held lock stopped the work (exit code 1)."""

    exit_code = 1
