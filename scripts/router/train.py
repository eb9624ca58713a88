"""Trains the router's model; see docs/ROUTER_MODEL.md and scripts/train-router.

Linear models over the same features and hashed n-grams: what type a task is,
and how much a strong model gains over a weak one, by kind of prompt. All are shrunk towards
rules of thumb instead of zero, which is what carries them over to sources that
they were not trained on.
"""
import json, os, struct, subprocess, sys, zlib
import numpy as np
import likeness

HERE = os.path.dirname(os.path.abspath(__file__))
WEIGHTS = os.path.join(HERE, '..', '..', 'actors', 'router', 'router_model.bin')
REFERENCE = os.path.join(HERE, '..', '..', 'tests', 'actors', 'router', 'router_model_reference.jsonl')
TYPES = ['text', 'code', 'reasoning', 'creative', 'image', 'audio', 'video']
FEATURES, BUCKETS = 40 + 11 + 3 * 46, 1 << 15
# Places of features, see actors/router/prompt_features.cpp.
LENGTH, RULES, CHOICE, NUMBERS, MONEY, LATEX, SIGNS, ALPHABETS, ENDS, SHORT = 1, 40, 31, 9, 13, 14, 17, 34, 22, 37
KINDS = ['choice', 'formulas', 'word problem', 'open']
# GPT-4 answers 3 % of these right: faulty labels.
FAULTY = {'high_school_mathematics'}
# What is expected of a hard prompt before any label was seen, in standard
# deviations of a feature.
PRIOR = {1: .5, 9: .3, 16: .3, 7: .15, 17: .1, 18: .1, 50: .2, 51 + 25: .1,
         51 + 29: .1, 51 + 30: .1, 51 + 4: .1}
# Sources of prompts without answers to choose from, and their weight in
# training.
OTHERS = {'routellm_gsm8k': 1, 'hellobench': 1, 'math': 3}
MATHS = 'math reasoning'
# Expected gain of a strong model, its slope, and what a likely type adds to
# it where the prompt is neither multiple choice nor formulas: from the means of
# the public sets and the published difference of the two models on code and
# mathematics.
SCALE = {'choice': (.16, .1), 'formulas': (.36, .08), 'word problem': (.08, .07), 'open': (.08, .07)}
# Makes the score the gain that was seen, see `calibration` in evaluate.py.
STEEP = 2.75
TYPE_GAIN = {'code': .28, 'reasoning': .24}


def load(path):
    with open(path, encoding='utf8') as f:
        return [json.loads(l) for l in f if l.strip()]


def own_prompts():
    """Our own typed prompts, their templates filled: (type, prompt, weight)."""
    slots, out = {'scene': [], 'action': [], 'sound': []}, []
    for line in open(os.path.join(HERE, 'own_prompts.txt'), encoding='utf8'):
        if line.startswith('#') or not line.strip():
            continue
        kind, text = line.rstrip('\n').split(': ', 1)
        text = text.replace('\\n', '\n')
        if kind in slots:
            slots[kind].append(text)
            continue
        slot = next((s for s in slots if '{' + s + '}' in text), None)
        if not slot:
            out.append((kind, text, 1.0))
            continue
        fill = slots[slot]
        for j in range(6):
            x = text.replace('{' + slot + '}', fill[(len(out) * 7 + j * 5) % len(fill)])
            out.append((kind, x[0].upper() + x[1:] if j % 2 else x, .4))
    return out


def measure(prompts):
    """Features and n-grams by the program's own code."""
    raw = [p.encode('utf8', 'surrogatepass') for p in prompts]
    out = subprocess.run([os.environ['ROUTER_FEATURES']], check=True, capture_output=True,
                         input=b''.join(struct.pack('<I', len(x)) + x for x in raw)).stdout
    dense, grams, at = np.zeros((len(raw), FEATURES), np.float32), [], 0
    for i in range(len(raw)):
        dense[i] = np.frombuffer(out, '<f4', FEATURES, at)
        at += 4 * FEATURES
        n, = struct.unpack_from('<I', out, at)
        grams.append(np.frombuffer(out, '<u2', n, at + 4))
        at += 4 + 2 * n
    assert at == len(out)
    return dense, grams


class Grams:
    """Rows of n-grams as a sparse matrix; each row has the length 1."""
    def __init__(self, grams):
        sizes = [len(g) for g in grams]
        self.rows, self.n = np.repeat(np.arange(len(grams)), sizes), len(grams)
        self.ids = np.concatenate(grams).astype(np.int64) if grams else np.zeros(0, int)
        self.values = (1 / np.sqrt(np.maximum(sizes, 1)))[self.rows]

    def dot(self, w):
        return np.bincount(self.rows, self.values * w[self.ids], self.n)

    def back(self, y):
        return np.bincount(self.ids, self.values * y[self.rows], BUCKETS)


class Data:
    pass


def count(x, place, scale):
    return np.rint(np.expm1(scale * x[:, place].astype(np.float64)))


def kinds_of(x):
    """As kind_of in router_model.cpp."""
    formulas = count(x, LATEX, 3) >= 2 + 2 * count(x, MONEY, 1)
    return np.where(x[:, CHOICE] > 0, 0, np.where(formulas, 1, np.where(count(x, NUMBERS, 2) >= 2, 2, 3)))


def read(folder):
    d, rows = Data(), []
    for name in ('routellm_mmlu', 'routellm_gsm8k', 'hellobench', 'difficulty'):
        for r in load(os.path.join(folder, 'public', name + '.jsonl')):
            r['set'] = r.get('source', name)
            r['y'] = (r['level'] if 'level' in r else
                      r.get('strong_fix', r.get('strong')) - r.get('weak_fix', r.get('weak')))
            rows.append(r)
    d.rows, d.typed, d.own = rows, load(os.path.join(folder, 'public', 'tasktype.jsonl')), own_prompts()
    d.x, d.g = measure([r['prompt'] for r in rows])
    d.set = np.array([r['set'] for r in rows])
    d.y = np.array([float(r['y']) for r in rows])
    d.ok = np.array([r.get('category') not in FAULTY for r in rows])
    d.kind = kinds_of(d.x)
    d.choice = d.kind == 0
    d.fold = np.array([zlib.crc32(r['prompt'].encode()) % 5 for r in rows])
    d.tx, d.tg = measure([r['prompt'] for r in d.typed] + [p for _, p, _ in d.own])
    d.type = np.array([TYPES.index(r['type']) for r in d.typed] + [TYPES.index(k) for k, _, _ in d.own])
    d.source = np.array([r['source'].split('/')[0] for r in d.typed] + ['own'] * len(d.own))
    d.source[d.source == 'gsm8k-train'] = 'gsm8k'
    d.group = np.array([r['source'] + ' ' + r['type'] for r in d.typed] + ['own'] * len(d.own))
    d.grade = {r['prompt']: y for r, y in zip(rows, d.y) if r['set'] == 'mmlu_grade'}
    d.tw = np.array([1.0] * len(d.typed) + [w for *_, w in d.own])
    return d


def descend(z, sparse, known, groups, w, t, ridge, gram_ridge, steps):
    """Least squares by conjugate gradients; n-grams are centred by group."""
    k = z.shape[1]

    def centre(v):
        v = v.copy()
        for q in groups:
            v[q] -= v[q].mean()
        return v

    def normal(v):
        r = w * (z @ v[:k] + centre(sparse.dot(v[k:] * known)))
        return np.concatenate([z.T @ r + ridge * v[:k],
                               known * sparse.back(centre(r)) + gram_ridge * v[k:]])
    r = np.concatenate([z.T @ (w * t), known * sparse.back(centre(w * t))])
    v, p, rs = np.zeros_like(r), r.copy(), r @ r
    for _ in range(steps):
        a = normal(p)
        alpha = rs / (p @ a)
        v += alpha * p
        r -= alpha * a
        new = r @ r
        if new < 1e-10:
            break
        p, rs = r + new / rs * p, new
    return v[:k], v[k:] * known


def fit_need(d, train, weights, ridge=2.0, gram_ridge=.002, start=None):
    """Least squares on labels centred within each source. Shrunk towards the
    rules of thumb, or towards the weights `start`."""
    train = train[np.isin(d.set[train], list(weights))]
    x, s = d.x[train].astype(np.float64), d.set[train]
    groups = [np.where(s == n)[0] for n in weights if (s == n).any()]
    t, w = d.y[train].copy(), np.zeros(len(train))
    sparse = Grams([d.g[i] for i in train])
    for q in groups:
        x[q] -= x[q].mean(0)
        t[q] = (t[q] - t[q].mean()) / max(t[q].std(), 1e-9)
        w[q] = 1 / len(train) if start else weights[s[q[0]]] / len(q)
    w /= w.sum()
    sd = np.sqrt((w[:, None] * x * x).sum(0)) + .03
    z, k = x / sd, x.shape[1]
    if start:
        told = x @ start[0] + sparse.dot(start[1])
        for q in groups:
            told[q] -= told[q].mean()
        t -= told
        prior = start[0] * sd
    else:
        prior = np.zeros(k)
        for i, v in PRIOR.items():
            prior[i] = v
        prior *= PRIOR_STRENGTH / max(np.sqrt((w * (z @ prior) ** 2).sum()), 1e-9)
        t = t - z @ prior
    known = (np.bincount(sparse.ids, minlength=BUCKETS) >= 3).astype(float)
    dense, grams = descend(z, sparse, known, groups, w, t, ridge, gram_ridge, 30)
    return (dense + prior) / sd, grams + (start[1] if start else 0)


PRIOR_STRENGTH = .3
# How few prompts of a source are too few to learn of a kind from.
FEW, TOO_FEW = 150, 50
# Of a kind without labels of its own: length, and so much of what was learned
# of the other kinds. Of word problems: what was learned, and so much length.
BOUND, BY_LENGTH = .6, .75
# What the other kinds taught is that of all prompts and, so much of it beside,
# the n-grams of those whom the strong model helped. Chosen together with the
# two above, by the mean of all figures with the benchmark left out.
BY_GAIN = .75
# Questions with choices: what the gain of the subjects that they are like
# counts, and their grade, both beside 1 for what the words say.
BY_SUBJECT, BY_GRADE = .7, 2
# What is known of a subject before its labels are: so many of average gain.
AVERAGE = 5


def fit_gain(d, train, steps=60):
    """Logistic regression on n-grams alone: does the strong model gain?"""
    train = train[np.array(['weak' in d.rows[i] for i in train])]
    sparse, y = Grams([d.g[i] for i in train]), (d.y[train] > 0).astype(float)
    w, m, s = np.zeros(BUCKETS), np.zeros(BUCKETS), np.zeros(BUCKETS)
    b = np.log(y.mean() / (1 - y.mean()))
    for i in range(1, steps + 1):
        r = 1 / (1 + np.exp(-(sparse.dot(w) + b))) - y
        g = sparse.back(r) / len(y) + 1e-4 * w
        m, s = .9 * m + .1 * g, .99 * s + .01 * g * g
        w -= .1 * (1 - (i - 1) / steps) * (m / (1 - .9 ** i)) / (np.sqrt(s / (1 - .99 ** i)) + 1e-8)
        b -= .5 * r.mean()
    return np.zeros(FEATURES), w


def of_kind(d, rows, weights, start):
    """The weights of a kind: those of all prompts, moved by its own."""
    sets = [n for n in weights if (d.set[rows] == n).sum() > TOO_FEW]
    own = rows[np.isin(d.set[rows], sets)]
    if len(own) <= FEW:
        return start
    return fit_need(d, own, {n: weights[n] for n in sets}, 1.0, .002, start)


def fit_head(d, rows, t, w, ridge, gram_ridge):
    """Weighted least squares with a constant, shrunk towards nothing."""
    w = w / w.sum()
    x, sparse = d.x[rows].astype(np.float64), Grams([d.g[i] for i in rows])
    middle = w @ x
    z = x - middle
    sd = np.sqrt(w @ (z * z)) + .05
    known = (np.bincount(sparse.ids, minlength=BUCKETS) >= 3).astype(float)
    dense, grams = descend(z / sd, sparse, known, [np.arange(len(rows))], w, t - w @ t, ridge, gram_ridge, 40)
    dense /= sd
    dense[0] += w @ (t - x @ dense - sparse.dot(grams))
    return dense, grams


def nothing():
    return np.zeros(FEATURES), np.zeros(BUCKETS)


def value(d, rows, head):
    return d.x[rows] @ head[0] + Grams([d.g[i] for i in rows]).dot(head[1])


def mix(a, x, b, y):
    return a * x[0] + b * y[0], a * x[1] + b * y[1]


def with_length(d, rows, by_length, head, learned):
    """Prompt length and what was learned, so much of each."""
    length = nothing()
    length[0][LENGTH] = 1
    return mix(by_length / value(d, rows, length).std(), length,
               learned / max(value(d, rows, head).std(), 1e-6), head)


def subjects(d, rows, spread):
    """Which subjects of MMLU a question with choices is like, and what each of
    them adds to its need: its mean gain, and its grade (high school, college,
    profession) within the fields that have some."""
    names, group = np.unique([d.rows[i]['category'] for i in rows], return_inverse=True)
    like = likeness.fit(d.x[rows], [d.g[i] for i in rows], group, len(names), BUCKETS)
    grades, y, mean = [[] for _ in names], d.y[rows], d.y[rows][d.ok[rows]].mean()
    for i, c in zip(rows, group):
        if d.rows[i]['prompt'] in d.grade:
            grades[c].append(d.grade[d.rows[i]['prompt']])
    gain = np.array([0 if n in FAULTY else (y[group == c] - mean).sum() / ((group == c).sum() + AVERAGE)
                     for c, n in enumerate(names)])
    grade = np.array([np.mean(v or [0]) for v in grades])
    grade = np.where(grade > 0, grade - grade[grade > 0].mean(), 0)
    return like, spread * (BY_SUBJECT * gain / gain[group].std() + BY_GRADE * grade)


def told_by(subjects, x, g):
    like, worth = subjects
    return likeness.shares(likeness.scores(like, x, g)) @ worth


def need_model(d, train):
    """Each kind's weights, with the mean and spread of what they say; and what
    the subjects of questions with choices add."""
    all_of, out = train, []
    train = train[d.ok[train]]
    other = train[~d.choice[train]]
    base, told = fit_need(d, other, OTHERS), None

    def of_others(kind):
        # Not of the kind itself: what its own labels say would count twice.
        grams = fit_gain(d, train[d.kind[train] != kind])
        return mix(1, base, BY_GAIN * value(d, other, base).std() / value(d, other, grams).std(), grams)
    for kind, name in enumerate(KINDS):
        rows = train[d.kind[train] == kind]
        if name == 'choice':
            rows = rows[d.set[rows] == 'routellm_mmlu']
            seen = len(rows) > FEW
            if seen:
                head = fit_head(d, rows, d.y[rows], np.ones(len(rows)), 1.3, .002)
                told = subjects(d, all_of[(d.kind[all_of] == 0) & (d.set[all_of] == 'routellm_mmlu')],
                                value(d, rows, head).std())
        elif name == 'formulas':
            rows, maths = rows[d.set[rows] == 'math'], other[d.set[other] == 'math']
            seen = len(rows) > FEW
            if seen:
                head = fit_head(d, maths, d.y[maths], np.ones(len(maths)), .083, .0005)
        else:
            seen, head = True, of_kind(d, rows, OTHERS, of_others(kind))
            rows = rows if len(rows) > TOO_FEW else other
            if name == 'word problem':
                head = with_length(d, rows, BY_LENGTH, head, 1)
        if not seen:
            head, rows = with_length(d, other, 1, of_others(kind), BOUND), other
        z = value(d, rows, head)
        if kind == 0 and told:
            z = z + told_by(told, d.x[rows], [d.g[i] for i in rows])
        out.append((*head, z.mean(), max(z.std(), 1e-6), *SCALE[name]))
    return out, told


def need_of(model, types, maths, x, g):
    """As router_model::judge; `maths` is how much a prompt is like those of MATH."""
    (kinds_model, told), sparse, kinds = model, Grams(g), kinds_of(x)
    sure = types ** 2 / (types ** 2).sum(1, keepdims=True)
    gain = sure @ np.array([TYPE_GAIN.get(t, 0) for t in TYPES])
    # A text with numbers that ends in a question is to be reckoned out.
    gain = np.where((kinds == 2) & (x[:, ENDS] > 0) & (x[:, SHORT] < .5), TYPE_GAIN['reasoning'], gain)
    said = []
    for kind, (dense, grams, mean, spread, base, slope) in enumerate(kinds_model):
        v = x @ dense + sparse.dot(grams)
        if kind == 0 and told:
            v = v + told_by(told, x, g)
        said.append(base + slope * (v - mean) / spread + (gain if kind > 1 else 0))
    # What is like MATH is ordered as its formulas are, though it has none.
    maths = np.where(kinds > 1, maths, 0)
    need = (1 - maths) * np.choose(kinds, said) + maths * said[1]
    return .5 + np.tanh(STEEP * (need - .5)) / 2


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def fit_types(d, train, ridge=.3, gram_ridge=.01, prior=6.0, steps=60):
    """Multinomial regression that starts from the rules' points and is drawn to
    them; n-grams count only when two sources have them."""
    train_sources = {s: i for i, s in enumerate(sorted(set(d.source[train])))}
    bits = np.zeros(BUCKETS, np.int64)
    for i in train:
        bits[d.tg[i]] |= 1 << train_sources[d.source[i]]
    seen = np.bincount(np.concatenate([d.tg[i] for i in train]), minlength=BUCKETS)
    columns = np.where((bits & (bits - 1) > 0) & (seen >= 5))[0]
    place = np.full(BUCKETS, -1)
    place[columns] = np.arange(len(columns))
    x = d.tx[train]
    mean, sd = x.mean(0), x.std(0) + .05
    mean[0], sd[0] = 0, 1
    k = x.shape[1]
    z = np.zeros((len(train), k + len(columns)), np.float32)
    z[:, :k] = (x - mean) / sd
    for row, i in enumerate(train):
        at = place[d.tg[i]]
        z[row, k + at[at >= 0]] = 1 / np.sqrt(max(len(d.tg[i]), 1))
    w, types = d.tw[train].copy(), d.type[train]
    for s in train_sources:
        for c in range(7):
            m = (d.source[train] == s) & (types == c)
            if m.any() and s != 'own':
                w[m] *= m.sum() ** -.3
    for c in range(7):
        m = types == c
        w[m] /= w[m].sum() ** .7
    w = (w / w.sum()).astype(np.float32)[:, None]
    y = np.eye(7, dtype=np.float32)[types]
    pull = np.full((k + len(columns), 1), gram_ridge, np.float32)
    pull[:k], pull[0] = ridge, 1e-4
    start = np.zeros((k + len(columns), 7), np.float32)
    for c in range(7):
        start[RULES + c, c] = prior * sd[RULES + c]
    v, m, s = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for i in range(1, steps + 1):
        g = z.T @ ((softmax(z @ v) - y) * w) + pull * (v - start)
        m, s = .9 * m + .1 * g, .99 * s + .01 * g * g
        v = v - .05 * (1 - (i - 1) / steps) * (m / (1 - .9 ** i)) / (np.sqrt(s / (1 - .99 ** i)) + 1e-8)
    dense = (v[:k] / sd[:, None]).astype(np.float64)
    dense[0] -= (mean / sd) @ v[:k]
    grams = np.zeros((BUCKETS, 7))
    grams[columns] = v[k:]
    return dense, grams


def type_model(d, train):
    """What carries over to every source, and what is known of the sources of
    the training prompts: which one a prompt is like, and what types it has."""
    own = d.source[train] == 'own'
    names = np.unique(d.group[train][~own])
    group = np.where(own, len(names), np.searchsorted(names, d.group[train]))
    # Questions of MMLU have no type, but are no likeness of one that has.
    none = np.where(d.set == 'routellm_mmlu')[0][::8]
    like = likeness.fit(np.concatenate([d.tx[train], d.x[none]]), [d.tg[i] for i in train] + [d.g[i] for i in none],
                        np.concatenate([group, np.full(len(none), len(names))]), len(names), BUCKETS)
    maths = list(names).index(MATHS) if MATHS in names else -1
    return fit_types(d, train), like, np.array([TYPES.index(n.split()[1]) for n in names]), maths


# How alike a prompt has to be to those of a source until their types have half
# of the say, and how fast it grows: an unknown source gets next to none.
ALIKE, SURE = .6, 8


def carried_over(model, x, g):
    """The types as they are where the source is not known."""
    (dense, grams), sparse = model[0], Grams(g)
    return softmax(x @ dense + np.stack([sparse.dot(grams[:, c]) for c in range(7)], 1))


def recalled(model, x, g):
    """How much say each group of the training prompts has."""
    alike = likeness.scores(model[1], x, g)
    say = 1 / (1 + np.exp(-SURE * (alike.max(1, keepdims=True) - ALIKE)))
    # A few words are like anything.
    say *= x[:, [LENGTH]] * 8 > np.log2(1 + 3.5)
    return say * likeness.shares(alike)


def types_of(model, x, g):
    """As router_model::judge."""
    say = recalled(model, x, g)
    return (1 - say.sum(1, keepdims=True)) * carried_over(model, x, g) + say @ np.eye(7)[model[2]]


def need_by(need, types, x, g):
    """The need, by both models."""
    maths = recalled(types, x, g)[:, types[3]] if types[3] >= 0 else 0
    return need_of(need, carried_over(types, x, g), maths, x, g)


def type_of(likely, x):
    """As analysis.cpp: the likeliest, but the rules' where most letters are of
    other alphabets; and a fact that is asked for in a few words is no reasoning."""
    points = x[:, RULES:RULES + 7]
    best = np.where(x[:, ALPHABETS] >= 2, points.argmax(1), likely.argmax(1))
    short = 2 ** (8 * x[:, LENGTH]) - 1 < 7.5
    plain = (count(x, LATEX, 3) < 2) & (count(x, SIGNS, 2) < 4) & (4 * points[:, 2] < 3.5)
    return np.where((best == 2) & short & plain, 0, best)


def write(need, types, path, data):
    """The file that router_model::parse reads."""
    (need, (subjects, worth)), (types, sources, kinds, maths) = need, types
    digest = zlib.crc32(b''.join(open(os.path.join(data, 'public', f), 'rb').read()
                                 for f in sorted(os.listdir(os.path.join(data, 'public')))))
    groups = [[types[1][:, c] for c in range(7)], [m[1] for m in need]]
    steps = [max(max(np.abs(g).max() for g in group), 1e-9) / 127 for group in groups]
    columns = []
    for group, step in zip(groups, steps):
        for g in group:
            columns.append(np.rint(g / step))
            # What the program will read, so that it comes to the same.
            g[:] = columns[-1] * step
    dense = np.concatenate([types[0], np.stack([m[0] for m in need], 1)], 1)
    with open(path, 'wb') as f:
        f.write(b'smart-agents router model 5 data %08x\n' % digest)
        f.write(struct.pack('<II', FEATURES, BUCKETS))
        for m in need:
            f.write(struct.pack('<4f', *m[2:]))
        f.write(np.array([TYPE_GAIN.get(t, 0) for t in TYPES], '<f4').tobytes())
        f.write(struct.pack('<4f', *steps, ALIKE, SURE))
        f.write(dense.astype('<f4').tobytes() + np.stack(columns, 1).astype(np.int8).tobytes())
        likeness.write(f, sources, 32)
        f.write(np.pad(kinds, (0, 32 - len(kinds))).astype('<f4').tobytes())
        f.write(struct.pack('<I', maths))
        likeness.write(f, subjects, 64)
        f.write(np.pad(worth, (0, 64 - len(worth))).astype('<f4').tobytes())


# One of every kind, and some that are like what public sources have.
SAMPLES = ['What is the unit of force?\nA. newton\nB. joule\nC. watt\nD. pascal\nAnswer:',
           'A patient has a fever and a stiff neck. Which test comes first?\nA. x-ray of the chest\n'
           'B. lumbar puncture\nC. biopsy of the liver\nD. test of hearing\nAnswer:',
           'Ann has 12 apples and buys 3 bags of 5 apples each. She gives away 7. How many does she have now?',
           'Find all real $x$ with $x^2 - 5x + 6 \\le 0$.',
           'How many positive integers less than 500 are divisible by both 6 and 15?',
           'set an alarm for seven tomorrow morning',
           'def last(xs):\n    """ Return the last item of a list.\n    >>> last([1, 2])\n    2\n    """\n']


def write_reference(d, need, types, path):
    """What the program must come to, for these and some of our own prompts."""
    prompts = SAMPLES + [p for _, p, _ in d.own[::12]]
    x, g = measure(prompts)
    likely = types_of(types, x, g)
    scores = need_by(need, types, x, g)
    with open(path, 'w', encoding='utf8') as f:
        for q, p, s in zip(prompts, likely, scores):
            f.write(json.dumps({'prompt': q, 'need': round(float(s), 5),
                                'types': [round(float(v), 5) for v in p]}) + '\n')


def main():
    folder = sys.argv[1]
    d = read(folder)
    if '--evaluate' in sys.argv:
        import evaluate
        return evaluate.run(folder, d)
    if '--curve' in sys.argv:
        import curve
        return curve.run(d, sys.argv[sys.argv.index('--curve') + 1])
    everything = np.arange(len(d.rows))
    need, types = need_model(d, everything), type_model(d, np.arange(len(d.type)))
    write(need, types, WEIGHTS, folder)
    write_reference(d, need, types, REFERENCE)
    print('wrote', os.path.normpath(WEIGHTS), os.path.getsize(WEIGHTS), 'bytes')


if __name__ == '__main__':
    main()
