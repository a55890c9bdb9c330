"""What a file on disk can be instead of text."""

import pytest

from traitscope.config import read_text, without_blank_end
from traitscope.errors import InputError


def refusal(path) -> str:
    with pytest.raises(InputError) as caught:
        read_text(path)
    return str(caught.value)


def test_line_ends_and_byte_order_marks_of_other_systems_are_read_alike(tmp_path):
    path = tmp_path / "a.txt"
    for content in (b"one\ntwo\n", b"one\r\ntwo\r\n", b"one\rtwo\r", b"\xef\xbb\xbfone\ntwo\n"):
        path.write_bytes(content)
        assert read_text(path) == "one\ntwo\n"


def test_a_missing_file_is_told_with_the_nearest_name_beside_it(tmp_path):
    (tmp_path / "experiment.yaml").touch()
    (tmp_path / "notes.md").touch()

    assert "did you mean 'experiment.yaml'?" in refusal(tmp_path / "experimnt.yaml")
    assert refusal(tmp_path / "zzz").endswith("there is no such file; write it or correct the path.")


def test_a_missing_folder_and_a_file_in_its_place_are_told(tmp_path):
    (tmp_path / "file").touch()

    assert "make the folder" in refusal(tmp_path / "nowhere" / "a.yaml")
    assert "a part of this path is a file" in refusal(tmp_path / "file" / "a.yaml")


def test_a_folder_is_no_file(tmp_path):
    assert refusal(tmp_path).endswith("this is a folder; name a file in it.")


def test_bytes_that_are_not_utf_8_are_told_with_their_line(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes("plain\nplain\ncafé\n".encode("latin-1"))

    assert refusal(path).startswith(f"{path}, line 3: byte 0xe9 is not UTF-8 text")


def test_a_binary_file_is_told_with_its_line(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"a\nb\0c")

    assert refusal(path).startswith(f"{path}, line 2: a zero byte: this is a binary file")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("one\ntwo \n", "one\ntwo "),
        ("one\ntwo\t\n\n  \n", "one\ntwo\t"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("  \n\n", ""),
        ("", ""),
    ],
)
def test_only_blank_lines_are_dropped_at_the_end(text: str, rest: str) -> None:
    assert without_blank_end(text) == rest
