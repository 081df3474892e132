"""The health check of a container: python ready.py PORT [PATH]. Says why it is not healthy."""

import sys
from http.client import HTTPConnection

_LONGEST_ANSWER_SECONDS = 4


def main() -> None:
    port, path = [*sys.argv[1:], "/readyz"][:2]
    connection = HTTPConnection("127.0.0.1", int(port), timeout=_LONGEST_ANSWER_SECONDS)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        sys.exit(answer.read().decode(errors="replace"))


if __name__ == "__main__":
    main()
