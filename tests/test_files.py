"""Files are written at once, and only if they change."""

from tools.files import replace_json


def test_what_a_file_says_already_is_not_written_again(tmp_path):
    path = tmp_path / "there" / "a.json"
    replace_json(path, {"a": "é"})
    old = path.stat()
    replace_json(path, {"a": "é"})
    assert path.stat() == old
    replace_json(path, {"a": 2})
    assert path.read_text("utf-8") == '{\n "a": 2\n}\n' and path.stat() != old
