"""Answers of an honest class by grade id: the first of each list is right, the others go wrong."""

ANSWERS: dict[str, list[str]] = {
    "mean": [
        "def mean(x):\n    if len(x) == 0:\n        raise ValueError('x is empty')\n"
        "    return sum(x) / len(x)",
        "def mean(x):\n    return np.mean(x)",  # nan and a warning for an empty list
        "import statistics\ndef mean(x):\n    return statistics.fmean(x)",
        "def mean(x):\n    return sum(x) // len(x)",
        "def mean(x):\n    total = 0\n    for v in x:\n        total += v\n"
        "    return total / len(x)",
        "def mean(x):\n    if not len(x):\n        raise ValueError\n    print('mean of', len(x))\n"
        "    return float(np.sum(x)) / len(x)",
        "def mean(x)\n    return sum(x) / len(x)",  # a syntax error
        "mean = lambda x: sum(x) / len(x) if len(x) else int('no')",
        "def mean(x):\n    return 2",
        "class EmptyError(ValueError):\n    pass\ndef mean(x):\n    if len(x) == 0:\n"
        "        raise EmptyError(x)\n    return sum(x) / len(x)",
        "def mean(x):\n    return [sum(x) / len(x)]",
    ],
    "spread": [
        "def spread(x):\n    return min(x), max(x)",
        "def spread(x):\n    return [min(x), max(x)]",
        "def spread(x):\n    x.sort()\n    return (x[0], x[-1])",
        "def spread(x):\n    return x[0], x[-1]",
        "def spread(x):\n    small, *_, large = sorted(x)\n    return small, large",
        "def spread(x):\n    return np.min(x), np.max(x)",
        "def spread(x):\n    raise RuntimeError('later')",
        "from collections import namedtuple\nEnds = namedtuple('Ends', 'small large')\n"
        "def spread(x):\n    return Ends(min(x), max(x))",
    ],
    "middle": [
        "def middle(x):\n    return mean(list(spread(x)))",
        "def middle(x):\n    a, b = spread(x)\n    return (a + b) / 2",
        "def middle(x):\n    return mean([min(x), max(x)])",
        "def middle(x):\n    return sorted(x)[len(x) // 2]",
        "def middle(x):\n    mean([1])\n    return mean(list(spread(x)))",
        "def middle(x):\n    try:\n        return mean(list(spread(x)))\n    except NameError:\n"
        "        return None",
    ],
    "why": ["Because it is.", "", "**Both** count once: $\\frac{a + b}{2}$", "Grüße, 数"],
    "ranks": [
        "def ranks(words):\n    return {w: n + 1 for n, w in enumerate(sorted(words))}",
        "def ranks(words):\n    words.sort()\n    return {w: n for n, w in enumerate(words, 1)}",
        "from collections import OrderedDict\ndef ranks(words):\n"
        "    return OrderedDict((w, n) for n, w in enumerate(sorted(words), 1))",
        "def ranks(words):\n    return list(enumerate(sorted(words), 1))",
        "def ranks(words):\n    return dict(zip(sorted(words), range(len(words))))",
        "from collections import defaultdict\ndef ranks(words):\n    d = defaultdict(int)\n"
        "    for n, w in enumerate(sorted(words), 1): d[w] = n\n    return d",
    ],
    "experiment": ["ranks(['a'])", "1 / 0", "for n in range(3):\n    print(n)", "!ls\n%time 1 + 1"],
    "smooth": [
        "def smooth(x, width):\n    return np.convolve(x, np.ones(width) / width, 'valid')",
        "def smooth(x, width):\n    return [sum(x[i:i + width]) / width\n"
        "            for i in range(len(x) - width + 1)]",
        "def smooth(x, width):\n    windows = np.lib.stride_tricks.sliding_window_view(x, width)\n"
        "    return windows.mean(axis=1)",
        "def smooth(x, width):\n    return np.convolve(x, np.ones(width), 'same') / width",
        "def smooth(x, width):\n    x /= width\n    return np.convolve(x, np.ones(width), 'valid')",
        "def smooth(x, width):\n    return np.mean(x)",
        "def smooth(x, width):\n    c = np.cumsum(np.insert(x, 0, 0.0))\n"
        "    return (c[width:] - c[:-width]) / width",
        "def smooth(x, width):\n    return undefined_name",
    ],
    "counter": [
        "class Counter:\n    def __init__(self):\n        self.numbers = {}\n"
        "    def add(self, word):\n        self.numbers[word] = self.of(word) + 1\n"
        "    def of(self, word):\n        return self.numbers.get(word, 0)\n"
        "    def words(self):\n        return list(self.numbers)\n"
        "    def __len__(self):\n        return len(self.numbers)\n"
        "    def __iter__(self):\n        return iter(self.numbers)",
        "import collections\nclass Counter(collections.Counter):\n"
        "    def add(self, word):\n        self[word] += 1\n"
        "    def of(self, word):\n        return self[word]\n"
        "    def words(self):\n        return list(self)",
        "class Counter:\n    seen = []\n    def add(self, word):\n        self.seen.append(word)\n"
        "    def of(self, word):\n        return self.seen.count(word)\n"
        "    def words(self):\n        return list(dict.fromkeys(self.seen))",
        "class Counter:\n    def add(self, word):\n        pass\n    def of(self, word):\n"
        "        return 0\n    def words(self):\n        return []",
        "from dataclasses import dataclass, field\n@dataclass\nclass Counter:\n"
        "    numbers: dict = field(default_factory=dict)\n"
        "    def add(self, word):\n        self.numbers.setdefault(word, []).append(1)\n"
        "    def of(self, word):\n        return len(self.numbers.get(word, ()))\n"
        "    def words(self):\n        return [w for w in self.numbers]\n"
        "    def __len__(self):\n        return len(self.numbers)\n"
        "    def __iter__(self):\n        yield from self.numbers",
        "class Counter:\n    def __init__(self, start):\n        self.start = start",
    ],
    "shout": [
        "def shout(words):\n    for word in words:\n        print(word.upper())",
        "def shout(words):\n    print('\\n'.join(words).upper())",
        "def shout(words):\n    return [word.upper() for word in words]",
        "import sys\ndef shout(words):\n    for w in words:\n"
        "        sys.stdout.write(w.upper() + '\\n')",
        "def shout(words):\n    print(words)",
    ],
    "draw": [
        "def draw(n):\n    return [random.randint(1, 6) for _ in range(n)]",
        "def draw(n):\n    return [random.randrange(1, 7) for _ in range(n)]",
        "def draw(n):\n    random.seed(1)\n    return [random.randint(1, 6) for _ in range(n)]",
        "def draw(n):\n    return list(np.random.randint(1, 7, n))",
    ],
    "apply": [
        "def twice(function):\n    return lambda x: function(function(x))",
        "def twice(function):\n    def inner(x):\n        return function(function(x))\n"
        "    return inner",
        "def twice(function):\n    return function",
        "def twice(function):\n    return function(function)",
        "class twice:\n    def __init__(self, function):\n        self.f = function\n"
        "    def __call__(self, x):\n        return self.f(self.f(x))",
    ],
    "squares": [
        "def squares():\n    n = 1\n    while True:\n        yield n * n\n        n += 1",
        "import itertools\ndef squares():\n    return (n * n for n in itertools.count(1))",
        "def squares():\n    return iter([1, 4, 9])",
        "def squares():\n    n = 0\n    while True:\n        yield n ** 2\n        n += 1",
        "def squares():\n    return [1, 4, 9, 16]",
    ],
    "remark": ["Thanks.", "None, really."],
}
