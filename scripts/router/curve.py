"""Share of the strong model's gain kept against dollars spent, on the public
prompts with known answers of a weak and a strong model; run by train.py
--curve PREDS, where PREDS is what `smart-agents route --batch` wrote for the
same prompts. The order is that of models that had not seen the prompt's fold."""
import json
import numpy as np
import train as t

# List prices in dollars a million tokens: Mixtral 8x7B and GPT-4 Turbo (1106).
WEAK, STRONG = (.6, .6), (10., 30.)
OUTPUT = 300


def dollars(prompt, price):
    return (len(prompt) / 4 * price[0] + OUTPUT * price[1]) / 1e6


def run(d, preds):
    with open(preds, encoding='utf8') as f:
        said = {p['id']: p for p in map(json.loads, f)}
    at = np.array([i for i, r in enumerate(d.rows) if 'weak' in r and d.ok[i]])
    every, score = np.arange(len(d.rows)), np.zeros(len(d.rows))
    types = t.type_model(d, np.arange(len(d.type)))
    for k in range(5):
        i = every[d.fold == k]
        score[i] = t.need_by(t.need_model(d, every[d.fold != k]), types, d.x[i], [d.g[j] for j in i])
    rows = [d.rows[i] for i in at]
    weak = np.array([r.get('weak_fix', r['weak']) for r in rows], float)
    strong = np.array([r.get('strong_fix', r['strong']) for r in rows], float)
    cheap = np.array([dollars(r['prompt'], WEAK) for r in rows])
    dear = np.array([dollars(r['prompt'], STRONG) for r in rows])
    order = np.argsort(-score[at], kind='stable')
    gain = np.concatenate([[0], np.cumsum((strong - weak)[order])])
    spent = cheap.sum() + np.concatenate([[0], np.cumsum((dear - cheap)[order])])

    def line(name, share):
        n = round(share * len(rows))
        print(f'{name:24s} {100 * share:6.1f} % {1000 * spent[n] / len(rows):9.3f} '
              f'{100 * (weak.sum() + gain[n]) / strong.sum():7.1f} % {100 * gain[n] / gain[-1]:7.1f} %')
    print(f"{'':24s} {'strong':>8s} {'$/1000':>9s} {'quality':>9s} {'gain':>9s}")
    for share in np.linspace(0, 1, 11):
        line('', share)
    hard = np.array([said[r['id']]['complexity'] >= 6 for r in rows])
    thinks = np.array([said[r['id']]['type'] == 'reasoning' for r in rows])
    # What the default rules do with two models: the weak one is good enough up
    # to complexity 5, and `auto` gives reasoning to a stronger one at once.
    line('auto:cheap', hard.mean())
    line('auto', (hard | thinks).mean())
    line('auto:best', 1.0)
