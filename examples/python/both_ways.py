"""The Python half of examples/python-both-ways.ts, which starts it: features out, results in, ranks back.

Nothing but handles, a few hundred bytes of JSON each, goes through standard input and output.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sharray  # noqa: E402  (sharray.py may also be copied, or installed with pip: docs/python.md)


def say(message):
    print(json.dumps(message), flush=True)


def main():
    random = np.random.default_rng(7)
    features = sharray.create((20_000, 4), "<f4")
    random.standard_normal(features.shape, dtype="f4", out=features)
    weights = sharray.share(np.linspace(-1, 1, 8))
    # Both arrays stay open here until Node says that it has attached, which its next message does.
    say({"handle": sharray.handle(features), "weights": sharray.handle(weights[::2])})

    message = json.loads(sys.stdin.readline())
    with sharray.attach(message["results"]) as results:
        expected = features.astype("f8") @ weights[::2]
        assert np.allclose(results["score"], expected, atol=1e-5)
        # Ordinary NumPy on a field of records that Node made.
        results["rank"][np.argsort(-results["score"], kind="stable")] = np.arange(len(results))
        say({"high": int(np.count_nonzero(results["label"] == b"high"))})
    sys.stdin.read()


if __name__ == "__main__":
    main()
