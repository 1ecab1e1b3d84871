"""Does the small server show the site, and its own page where there is none?"""

import sys
from functools import partial
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import serve


def answers(folder: Path, *requests: tuple[str, str]) -> list[tuple[int, bytes]]:
    """Serve a folder for as long as it takes to ask for each address once."""
    found = []
    handler = partial(serve.Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        for method, address in requests:
            connection.request(method, address)
            reply = connection.getresponse()
            found.append((reply.status, reply.read()))
            connection.close()
        server.shutdown()
    return found


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a site of two pages."""
    (tmp_path / "index.html").write_text("the cover")
    (tmp_path / "404.html").write_text("no page here")
    return tmp_path


def test_an_unknown_address_shows_the_sites_own_page(site: Path) -> None:
    requests = [("GET", "/"), ("GET", "/book/gone.html"), ("HEAD", "/gone.html")]
    assert answers(site, *requests) == [(200, b"the cover"), (404, b"no page here"), (404, b"")]


def test_nothing_beside_the_folder_is_served(site: Path) -> None:
    (site.parent / "secret.txt").write_text("secret")
    assert (
        answers(site, ("GET", "/../secret.txt"), ("GET", "/%2e%2e/secret.txt"))
        == [(404, b"no page here")] * 2
    )


def test_without_a_page_of_its_own_the_servers_is_shown(tmp_path: Path) -> None:
    ((status, said),) = answers(tmp_path, ("GET", "/gone.html"))
    assert status == 404
    assert b"File not found" in said
