"""Show the book and the students' feedback in a browser, on this machine's own address only."""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

PLACES = {"the book": Path("book/_build/html"), "the feedback": Path("assignments/feedback")}


def main(port: int = 8000) -> int:
    """Serve each place at a port of its own until interrupted, and nothing beside them."""
    if not (PLACES["the book"] / "index.html").exists():
        print("serve: the book has not been built; run make demo, or make book")
        return 1
    for number, (name, folder) in enumerate(PLACES.items(), start=port):
        handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
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
