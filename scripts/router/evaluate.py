"""How the router's model does where it was not trained; run by train.py."""
import importlib.util, os
import numpy as np
import train as t


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


def run(folder, d):
    ev, names = evaluator(folder), ['routellm_mmlu', 'routellm_gsm8k', 'hellobench', 'math', 'mmlu_grade']
    every, typed = np.arange(len(d.rows)), np.arange(len(d.typed))
    types = t.types_of(t.fit_types(d, np.arange(len(d.type))), d.x, d.g)
    seen, unseen, length = {}, {}, {}
    folds = np.zeros(len(every))
    for k in range(5):
        at = every[d.fold == k]
        folds[at] = t.need_of(t.need_model(d, every[d.fold != k]), types[at], d.x[at], [d.g[i] for i in at])
    for n in names:
        at = every[d.set == n]
        seen.update(score(ev, d, n, at, folds[at]))
        length.update(score(ev, d, n, at, d.x[at, 1]))
        out = {'routellm_mmlu', 'mmlu_grade'} if 'mmlu' in n else {n}
        rest = every[~np.isin(d.set, list(out))]
        unseen.update(score(ev, d, n, at, t.need_of(t.need_model(d, rest), types[at], d.x[at], [d.g[i] for i in at])))
    print(f"{'APGR or Spearman':24s} {'left out':>9s} {'same':>7s} {'length':>7s}")
    for n in seen:
        print(f'{n:24s} {unseen[n]:9.3f} {seen[n]:7.3f} {length[n]:7.3f}', flush=True)
    result = np.zeros(len(typed), int)
    for s in sorted(set(d.source[typed])):
        at = typed[d.source[typed] == s]
        model = t.fit_types(d, np.where(d.source != s)[0])
        result[at] = t.types_of(model, d.tx[at], [d.tg[i] for i in at]).argmax(1)
        print(f"types, {s} left out: accuracy {np.mean(result[at] == d.type[at]):.3f} of {len(at)}", flush=True)
    show(ev, d, 'whole sources left out', result)
    rules = d.tx[typed, t.RULES:t.RULES + 7].argmax(1)
    show(ev, d, 'rules alone', rules)
    rng = np.random.default_rng(1).permutation(len(typed))
    for part in range(3):
        at = rng[part::3]
        model = t.fit_types(d, np.setdiff1d(np.arange(len(d.type)), at))
        result[at] = t.types_of(model, d.tx[at], [d.tg[i] for i in at]).argmax(1)
    show(ev, d, 'same sources, other prompts', result)


def show(ev, d, title, found):
    r = ev.tasktype(d.typed, [t.TYPES[k] for k in found])
    print(f"types, {title}: macro-F1 {r['macro_f1']:.3f} |", ' '.join(f'{k}={v:.2f}' for k, v in r['f1'].items()), flush=True)
