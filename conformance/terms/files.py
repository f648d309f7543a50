"""Files: those of others are read with care, our own are written whole or not at all."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows: no command that writes a folder for long runs there
    fcntl = None  # type: ignore[assignment]

_CHUNK = 2**20

# Where the system keeps its devices: a file there is written as it is, and never replaced.
_DEVICES = ("/dev/", "/proc/")

# A FIFO without a writer would hold up whoever opens it. Windows knows neither flag.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class FileError(Exception):
    """A file of others is refused; the message says what it is instead of a readable file."""


class WritingError(Exception):
    """The tool cannot write; the message names the file and the reason."""


def opened(path: Path, limit: int) -> BinaryIO:
    """Open a regular file of at most `limit` bytes.

    Raises FileError for a folder, a pipe, a device, a larger file, or one that cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    except OSError as error:
        raise FileError(reason(error)) from None
    except ValueError as error:  # a null byte in its name
        raise FileError(str(error)) from None
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_size <= limit:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISREG(found.st_mode):
        message = f"it has {found.st_size:,} bytes, and at most {limit:,} are read"
        raise FileError(message)
    message = "it is a folder" if stat.S_ISDIR(found.st_mode) else "it is no regular file"
    raise FileError(message)


def contents(path: Path, limit: int) -> bytes:
    """Return the bytes of a file that `opened` opens. Raises FileError as it does."""
    with opened(path, limit) as file:
        try:
            found = file.read(limit + 1)
        except OSError as error:
            raise FileError(reason(error)) from None
    if len(found) > limit:
        message = f"it has more than {limit:,} bytes"
        raise FileError(message)
    return found


def reason(error: OSError) -> str:
    """Return the reason of the system, without the number and the file's name."""
    return error.strerror or str(error) or type(error).__name__


def tried(path: Path) -> None:
    """Raise WritingError if a file that is to be written later could not be written now."""
    if _is_device(path):
        return
    with told(path), ExitStack() as stack:
        # A name that is too long is refused here alone.
        with suppress(FileNotFoundError):
            if stat.S_ISDIR(path.stat().st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        _staged(path, b"", stack)


def write(path: Path, content: bytes) -> None:
    """Write a file that a person has named. What a link leads to is replaced, and not the link.

    Raises WritingError. A device is written as it is.
    """
    if _is_device(path):
        with told(path), path.open("wb") as file:
            file.write(content)
        return
    with told(path):
        path = path.resolve()
    replace({path: content})


def create(path: Path, content: bytes) -> bool:
    """Write a file that does not exist yet, and say whether that is so. Raises WritingError."""
    with told(path), ExitStack() as stack:
        temporary = _staged(path, content, stack)
        try:
            # A link is not made in the place of a file, as a replacement would be.
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without links
            with path.open("xb") as file:
                file.write(content)
    return True


def replace(files: Mapping[Path, bytes | BinaryIO]) -> None:
    """Write files anew. All of them are on disk under other names before the first is replaced.

    A reader finds the old file or the new one, whenever the writer ends. Raises WritingError.
    """
    with ExitStack() as stack:
        staged = {}
        for path, content in files.items():
            with told(path):
                staged[path] = _staged(path, content, stack)
        for path, temporary in staged.items():
            with told(path):
                temporary.replace(path)


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make a folder, and hold it for one writer. The hold ends with its process, however it ends.

    Raises WritingError if the folder cannot be written, or if another process holds it.
    """
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY) if fcntl else os.open(os.devnull, os.O_RDONLY)
    try:
        if not is_locked(descriptor):
            message = f"{folder} cannot be written: another process is writing into it"
            raise WritingError(message)
        # What a writer left that was killed while it replaced files.
        for left in folder.glob(".nnspec-*.part"):
            with suppress(OSError):
                left.unlink()
        with told(folder), ExitStack() as stack:
            _staged(folder / "report", b"", stack)
        yield
    finally:
        os.close(descriptor)


def is_locked(descriptor: int) -> bool:
    """Lock an open file, and say whether that is done: another process may have it.

    A file system without locks, and a system without them, cannot tell: there it is done.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_device(path: Path) -> bool:
    """Say whether a path leads to a device or a pipe, which nobody may replace."""
    if str(path.absolute()).startswith(_DEVICES):
        return True
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _staged(path: Path, content: bytes | BinaryIO, stack: ExitStack) -> Path:
    """Write content to disk beside a path, and return where; the stack removes what is left."""
    temporary = path.with_name(f".nnspec-{secrets.token_hex(8)}.part")
    with temporary.open("xb") as file:
        stack.callback(temporary.unlink, missing_ok=True)
        if isinstance(content, bytes):
            file.write(content)
        else:
            while chunk := content.read(_CHUNK):
                file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return temporary


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Raise WritingError for an error of the system, in words that name the path."""
    try:
        yield
    except (OSError, ValueError) as error:
        said = reason(error) if isinstance(error, OSError) else str(error)
        message = f"{path} cannot be written: {said}"
        raise WritingError(message) from None
