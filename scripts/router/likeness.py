"""Which group of the training prompts a prompt is like: a linear score for each
group, by the measures and the n-grams, the rare ones counting most. As
actors/router/likeness.cpp."""
import struct
import numpy as np

# Only so many n-grams of a prompt are looked at.
MOST = 256
# How sharply the groups are told apart.
SHARP = 16
# Of the measures beside the n-grams, and of ridge regression.
MEASURES, RIDGE = .07, .3


class Rows:
    """Rows of weighed n-grams as a sparse matrix; each row has the length 1."""
    def __init__(self, grams, idf):
        grams = [g[:MOST] for g in grams]
        sizes = np.array([len(g) for g in grams])
        self.ids = np.concatenate(grams).astype(np.int64)
        self.rows = np.repeat(np.arange(len(grams)), sizes)
        self.full = np.where(sizes > 0)[0]
        self.starts = (np.cumsum(sizes) - sizes)[self.full]
        v = idf[self.ids]
        length = np.sqrt(np.bincount(self.rows, v * v, len(grams)))
        self.values = (v / np.maximum(length, 1e-9)[self.rows]).astype(np.float32)
        self.order = np.argsort(self.ids, kind='stable')
        self.met, self.begins = np.unique(self.ids[self.order], return_index=True)
        self.n = len(grams)

    def dot(self, w):
        out = np.zeros((self.n, w.shape[1]), np.float32)
        out[self.full] = np.add.reduceat(self.values[:, None] * w[self.ids], self.starts)
        return out

    def back(self, y, buckets):
        out = np.zeros((buckets, y.shape[1]), np.float32)
        o = self.order
        out[self.met] = np.add.reduceat(self.values[o, None] * y[self.rows[o]], self.begins)
        return out


def fit(x, grams, group, count, buckets, steps=25):
    """Ridge regression of each group against the others, by conjugate
    gradients; the group `count` is that of prompts that are like none. Returns the weights of the measures and of the n-grams, and what
    each n-gram counts."""
    seen = np.bincount(np.concatenate([g[:MOST] for g in grams]), minlength=buckets)
    idf = np.where(seen >= 2, np.log(1 + len(grams) / (seen + 1)), 0)
    # As the file has them.
    idf = np.rint(idf * 24).astype(np.uint8)
    rows = Rows(grams, idf.astype(np.float64))
    x = x.astype(np.float64)
    middle, spread = x.mean(0), x.std(0) + .05
    z = ((x - middle) / spread * MEASURES).astype(np.float32)
    y = np.eye(count + 1)[group][:, :count]
    share = y.mean(0)
    y = (y - share).astype(np.float32)
    # In the dual: one weight for each prompt and group.
    a = np.zeros_like(y)
    r = y.copy()
    p, rs = r.copy(), (r * r).sum(0)
    for _ in range(steps):
        q = rows.dot(rows.back(p, buckets)) + z @ (z.T @ p) + RIDGE * p
        step = rs / np.maximum((p * q).sum(0), 1e-12)
        a += step * p
        r -= step * q
        new = (r * r).sum(0)
        p, rs = r + new / np.maximum(rs, 1e-12) * p, new
    measures = (z.T @ a).astype(np.float64) * MEASURES / spread[:, None]
    measures[0] += share - middle @ measures
    return measures, rows.back(a, buckets).astype(np.float64) * idf[:, None], idf


def scores(model, x, grams):
    measures, weights, idf = model
    rows = Rows(grams, idf.astype(np.float64))
    # The weights are n-grams' own times what they count, so here only the length.
    v = idf[rows.ids].astype(np.float64)
    length = np.sqrt(np.bincount(rows.rows, v * v, rows.n))
    rows.values = (1 / np.maximum(length, 1))[rows.rows].astype(np.float32)
    return x @ measures + rows.dot(weights.astype(np.float32))


def shares(s):
    e = np.exp(SHARP * (s - s.max(1, keepdims=True)))
    return e / e.sum(1, keepdims=True)


def write(f, model, width):
    """What actors/router/likeness.hpp reads."""
    measures, weights, idf = model
    step = np.abs(weights).max() / 127
    whole = np.rint(weights / step)
    # What the program will read, so that it comes to the same.
    weights[:] = whole * step
    pad = ((0, 0), (0, width - measures.shape[1]))
    f.write(struct.pack('<If', measures.shape[1], step))
    f.write(np.pad(measures, pad).astype('<f4').tobytes() + idf.tobytes())
    f.write(np.pad(whole, pad).astype(np.int8).tobytes())
