"""How the router's model does where it was not trained, beside the baselines of
the data's README; run by train.py --evaluate."""
import importlib.util, json, os, subprocess, sys, tempfile
import numpy as np
import train as t

SETS = ['routellm_mmlu', 'routellm_gsm8k', 'hellobench', 'math', 'mmlu_grade']
# Words of hard tasks, for the baseline that counts them.
KEYWORDS = ('prove proof derive design architecture algorithm implement optimi complex analy explain why '
            'theorem integral matrix probability equation distributed debug code function calculate').split()


def evaluator(folder):
    spec = importlib.util.spec_from_file_location('eval_router', os.path.join(folder, 'eval_router.py'))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score(ev, d, name, at, s):
    rows, s = [d.rows[i] for i in at], list(s)
    if name in ('math', 'mmlu_grade'):
        return {name + ' Spearman': ev.difficulty(rows, s)[name]['spearman']}
    out = {name: ev.routing(rows, s, 0)['APGR']}
    if name == 'routellm_mmlu':
        clean = [j for j, r in enumerate(rows) if r['category'] not in ev.MMLU_FAULTY]
        out['  clean'] = ev.routing([rows[j] for j in clean], [s[j] for j in clean], 0)['APGR']
        out['  within subject'] = ev.within(rows, s)
    if name == 'routellm_gsm8k':
        out['  repaired'] = ev.routing([dict(r, weak=r['weak_fix'], strong=r['strong_fix']) for r in rows], s, 0)['APGR']
    return out


def without(d, name):
    """Everything but a benchmark; both sets of MMLU are left out together."""
    out = ['routellm_mmlu', 'mmlu_grade'] if 'mmlu' in name else [name]
    return np.where(~np.isin(d.set, out))[0]


# The typed prompts that are left out with a benchmark.
SOURCES = {'routellm_gsm8k': 'gsm8k', 'hellobench': 'hellobench', 'math': 'math'}


def scores(d, fit, say):
    """What is said of prompts whose benchmark was left out, and of those whose
    benchmark was seen."""
    every = np.arange(len(d.rows))
    left, seen = np.zeros(len(every)), np.zeros(len(every))
    for k in range(5):
        at = every[d.fold == k]
        seen[at] = say(fit(d, every[d.fold != k]), at, '')
    for n in SETS:
        at = every[d.set == n]
        left[at] = say(fit(d, without(d, n)), at, SOURCES.get(n, ''))
    return left, seen


def calibration(d, need):
    """Expected and true gain of the strong model, by tenths of the score."""
    at = np.where(np.array(['weak' in r for r in d.rows]) & d.ok)[0]
    order = at[np.argsort(need[at], kind='stable')]
    print('expected / true gain, by tenths:', ' '.join(
        f'{need[q].mean():.2f}/{d.y[q].mean():.2f}' for q in np.array_split(order, 10)), flush=True)


def run(folder, d):
    ev, every, typed = evaluator(folder), np.arange(len(d.rows)), np.arange(len(d.typed))
    types = {s: t.type_model(d, np.where(d.source != s)[0]) for s in ('', *SOURCES.values())}
    ours = scores(d, t.need_model, lambda m, at, s: t.need_by(m, types[s], d.x[at], [d.g[i] for i in at]))
    # The README's baseline: logistic regression on hashed n-grams.
    grams = scores(d, t.fit_gain, lambda m, at, s: t.value(d, at, m))
    words = np.array([sum(r['prompt'].lower().count(k) for k in KEYWORDS) for r in d.rows], float)
    columns = [ours[0], grams[0], words, d.x[:, t.LENGTH], ours[1], grams[1]]
    print(f"{'':24s} {'--- benchmark left out ----':>27s} {'':>16s} {'-- same --':>17s}")
    print(f"{'APGR or Spearman':24s} {'ours':>8s} {'n-grams':>8s} {'keywords':>9s} {'length':>8s} {'ours':>8s} {'n-grams':>8s}")
    worse, apgr = [], []
    for n in SETS:
        at = every[d.set == n]
        table = [score(ev, d, n, at, c[at]) for c in columns]
        for row in table[0]:
            v = [c[row] for c in table]
            print(f'{row:24s} {v[0]:8.3f} {v[1]:8.3f} {v[2]:9.3f} {v[3]:8.3f} {v[4]:8.3f} {v[5]:8.3f}', flush=True)
            worse += [row.strip()] if v[0] < max(v[1], v[2]) or v[4] < v[5] else []
        apgr += [table[0][n]] if n in table[0] else []
    print('below a baseline of n-grams or keywords:', ', '.join(worse) or 'nowhere')
    print(f'mean APGR, benchmark left out: {np.mean(apgr):.3f}')
    calibration(d, ours[1])
    found = np.zeros(len(typed), int)
    for s in sorted(set(d.source[typed])):
        at = typed[d.source[typed] == s]
        model = types.get(s) or t.type_model(d, np.where(d.source != s)[0])
        found[at] = t.type_of(t.types_of(model, d.tx[at], [d.tg[i] for i in at]), d.tx[at])
        print(f"types, {s} left out: accuracy {np.mean(found[at] == d.type[at]):.3f} of {len(at)}", flush=True)
    show(ev, d, 'whole sources left out', found)
    show(ev, d, 'rules alone', d.tx[typed, t.RULES:t.RULES + 7].argmax(1))
    same, rng = np.zeros(len(typed), int), np.random.default_rng(1).permutation(len(typed))
    for part in range(3):
        at = rng[part::3]
        model = t.type_model(d, np.setdiff1d(np.arange(len(d.type)), at))
        same[at] = t.type_of(t.types_of(model, d.tx[at], [d.tg[i] for i in at]), d.tx[at])
    show(ev, d, 'same sources, other prompts', same)
    print("\nThe evaluator's table, everything left out:", flush=True)
    with tempfile.NamedTemporaryFile('w', suffix='.jsonl', encoding='utf8') as f:
        for r, s in zip(d.rows, ours[0]):
            f.write(json.dumps({'id': r['id'], 'score': float(s)}) + '\n')
        for r, k in zip(d.typed, found):
            f.write(json.dumps({'id': r['id'], 'type': t.TYPES[k]}) + '\n')
        f.flush()
        subprocess.run([sys.executable, os.path.join(folder, 'eval_router.py'), '--data', folder,
                        '--split', 'public', '--pred', f.name], check=True)


def show(ev, d, title, found):
    r = ev.tasktype(d.typed, [t.TYPES[k] for k in found])
    print(f"types, {title}: macro-F1 {r['macro_f1']:.3f} |", ' '.join(f'{k}={v:.2f}' for k, v in r['f1'].items()), flush=True)
