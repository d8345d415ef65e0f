"""`okno config`: settings go out as a file and are taken in from one as a whole, and other commands go by what is in force."""

import json
from pathlib import Path

from tests.house import House


def test_settings_go_out_and_come_in(tmp_path: Path) -> None:
    # LV-10: also before the hub has ever run
    house, file = House(tmp_path), tmp_path / "settings.json"
    assert house.run("config", "export", str(file)).returncode == 0
    assert "nothing was changed" in house.run("config", "import", str(file)).stdout
    package = json.loads(file.read_text("utf8"))
    package["settings"]["queues"].append({"id": "tax", "title": "Налоги", "centre": "001"})
    file.write_text(json.dumps(package), "utf8")
    looked = house.run("config", "import", str(file))
    assert "Новая линия «Налоги» (tax)." in looked.stdout
    assert "no such queue" in house.run("user", "add", "anna", "--name", "Анна", "--queue", "tax").stderr
    assert house.run("config", "import", str(file), "--apply").returncode == 0
    assert house.run("user", "add", "anna", "--name", "Анна", "--queue", "tax").returncode == 0
    package["settings"]["queues"] = []
    file.write_text(json.dumps(package), "utf8")
    refused = house.run("config", "import", str(file), "--apply")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    file.write_text("{}", "utf8")
    assert "не файл настроек" in house.run("config", "import", str(file)).stderr
