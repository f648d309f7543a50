"""Files of others are regular and of a bounded size; ours are whole, or as they were."""

import os
import stat
from pathlib import Path

import pytest

from nnspec.conformance.terms import files
from nnspec.conformance.terms.files import FileError, WritingError


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert files.contents(tmp_path / "a", 3) == b"abc"
    with pytest.raises(FileError, match="it has 3 bytes, and at most 2 are read"):
        files.contents(tmp_path / "a", 2)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    for name, said in {
        "fifo": "it is no regular file",
        "": "it is a folder",
        "loop": "symbolic links",
        "missing": "No such file",
        "/dev/zero": "it is no regular file",
        "a\0b": "null",
    }.items():
        with pytest.raises(FileError, match=said):
            files.contents(tmp_path / name, 10)


def test_files_are_replaced_together_or_stay_as_they_were(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("old", encoding="utf-8")
    with pytest.raises(WritingError, match="No such file or directory"):
        files.replace({first: b"new", tmp_path / "missing" / "b": b"new"})
    assert first.read_text(encoding="utf-8") == "old"
    files.replace({first: b"new", second: b"new"})
    assert first.read_bytes() == second.read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_a_replaced_file_has_the_mode_of_any_new_one(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    files.write(tmp_path / "a", b"x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "other")]
    assert modes[0] == modes[1]


def test_a_link_stays_where_a_person_names_it_and_goes_where_it_lies_in_a_report(
    tmp_path: Path,
) -> None:
    for write in (files.write, lambda path, content: files.replace({path: content})):
        target, link = tmp_path / "target", tmp_path / "link"
        target.write_bytes(b"old")
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        write(link, b"new")
        assert link.read_bytes() == b"new"
        assert link.is_symlink() == (target.read_bytes() == b"new") == (write is files.write)


def test_a_device_is_written_as_it_is(tmp_path: Path) -> None:
    files.write(Path(os.devnull), b"x")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    files.tried(Path(os.devnull))
    with pytest.raises(WritingError, match="No space left on device"):
        files.write(Path("/dev/full"), b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_not_created(tmp_path: Path) -> None:
    assert files.create(tmp_path / "a", b"mine")
    assert not files.create(tmp_path / "a", b"other")
    assert (tmp_path / "a").read_bytes() == b"mine"
    (tmp_path / "dangling").symlink_to("nowhere")
    assert not files.create(tmp_path / "dangling", b"other")
    assert {path.name for path in tmp_path.iterdir()} == {"a", "dangling"}


def test_a_system_without_locks_can_still_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "fcntl", None)
    with files.claimed(tmp_path / "r"), files.claimed(tmp_path / "r"):
        files.write(tmp_path / "r" / "a", b"x")
    assert {path.name for path in (tmp_path / "r").iterdir()} == {"a"}
