"""Show the book and the students' feedback in a browser, on this machine's own address only."""

import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

PLACES = {"the book": Path("book/_build/html"), "the feedback": Path("assignments/feedback")}


class Handler(SimpleHTTPRequestHandler):
    """Serve a folder's files, and its page 404.html, if it has one, where there is none."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer an unknown address with the site's own page."""
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            return super().send_error(code, message, explain)
        content = page.read_bytes()
        self.send_response(HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        return None


def main(port: int = 8000) -> int:
    """Serve each place at a port of its own until interrupted, and nothing beside them."""
    if not (PLACES["the book"] / "index.html").exists():
        print("serve: the book has not been built; run make demo, or make book")
        return 1
    for number, (name, folder) in enumerate(PLACES.items(), start=port):
        handler = partial(Handler, directory=str(folder))
        try:
            server = ThreadingHTTPServer(("127.0.0.1", number), handler)
        except OSError as error:
            print(f"serve: port {number} cannot be used ({error}); try scripts/serve.py 8080")
            return 1
        Thread(target=server.serve_forever, daemon=True).start()
        print(f"{name:14}http://127.0.0.1:{number}/")
    print("stop with Ctrl-C", flush=True)
    try:
        Event().wait()
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
