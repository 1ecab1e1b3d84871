"""Messages between the grader's own processes: one JSON object each, on a socket.

Tasks are ids and results are plain data, so that the same messages could travel to another machine.
"""

import json
import socket
import struct
from typing import Any

LENGTH = struct.Struct(">Q")


class ClosedError(ConnectionError):
    """The other process is gone."""


class Channel:
    """One end of a stream of JSON objects.

    Args:
        connection: a connected stream socket; the channel closes it.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def fileno(self) -> int:
        """Return the descriptor, for ``select``."""
        return self._socket.fileno()

    def send(self, message: dict[str, Any], *descriptors: int) -> None:
        """Send one object, with descriptors that the other process shall share."""
        data = json.dumps(message).encode()
        try:
            if descriptors:
                socket.send_fds(self._socket, [LENGTH.pack(len(data))], descriptors)
            else:
                self._socket.sendall(LENGTH.pack(len(data)))
            self._socket.sendall(data)
        except OSError as error:
            raise ClosedError("the other process is gone") from error

    def receive(self) -> dict[str, Any]:
        """Wait for one object and return it; raise ``ClosedError`` at the end of the stream."""
        return self.receive_with_descriptors(0)[0]

    def receive_with_descriptors(self, most: int = 1) -> tuple[dict[str, Any], list[int]]:
        """Return one object and the descriptors that came with it."""
        descriptors: list[int] = []
        try:
            if most:
                head, descriptors, _, _ = socket.recv_fds(self._socket, LENGTH.size, most)
            else:
                head = b""
            head += self._exactly(LENGTH.size - len(head))
            message: dict[str, Any] = json.loads(self._exactly(LENGTH.unpack(head)[0]))
        except OSError as error:
            raise ClosedError("the other process is gone") from error
        return message, list(descriptors)

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._socket.recv(min(size, 2**20))
            if not part:
                raise ClosedError("the other process has closed the channel")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
