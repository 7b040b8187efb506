"""Writes golden.json: what sacreBLEU says of the sentences below.

    python3 golden.py            # needs sacrebleu

Each entry of SETS is (hypothesis, reference, …), written for this file.
"""
import json
import os
import random

import sacrebleu
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

SETS = [
    ("The lamp on the desk is still warm.", "The lamp on the desk is still warm."),
    ("The lamp on a desk was still warm.", "The lamp on the desk is still warm.", "On the desk, the lamp is still warm."),
    ("the the the the the the the", "The rain is on the window.", "There is rain on the window."),
    ("It costs 1,000.5 euros, not 1,000.", "It costs 1,000.5 euros, not 1000.", "The price is 1,000.5 euros and not 1,000."),
    ("It is 3.5 km away, at 12,5 degrees.", "It's 3.5 km away, at 12,5 degrees."),
    ("A well-known, ill-fated half-truth", "A well-known ill-fated half-truth."),
    ("Pages 10-20 and 30 - 40, or 5-a-side.", "Pages 10-20 and 30-40, or 5-a-side."),
    ("She said &quot;no&quot; &amp; left.", "She said \"no\" & left.", "She said &quot;no&quot; and left."),
    ("if a &lt; b &amp;&amp; b &gt; c then &amp;lt;stop&amp;gt;", "if a < b && b > c then <stop>"),
    ("Wait... what?! No,no,no.", "Wait ... what? No, no, no!", "Wait… what?! No, no, no."),
    ("", "Nothing was said at all."),
    ("Nothing was said.", ""),
    ("", ""),
    ("   ", "Only spaces were there.", ""),
    ("Où est-il allé, l'été dernier ?", "Où est-il allé l'été dernier ?", "L'été dernier, où est-il allé ?"),
    ("Wie heißt die Straße? – »Größe 42«", "Wie heißt diese Straße? – »Größe 42«"),
    ("¿Qué hora es? ¡Las 7:30!", "¿Qué hora es? ¡Son las 7:30!", "¿Qué hora es? ¡Las 7.30!"),
    ("Сегодня идёт снег, а вчера — дождь.", "Сегодня снег, а вчера был дождь."),
    ("今天下雪。", "今天下雪了。", "今天 下雪 。"),
    ("猫 が 好き です 。", "猫 が 大好き です 。"),
    ("A thin\u00a0space and a\u2009thin one, \u3000wide.", "A thin space and a thin one, wide."),
    ("Write to someone@example.org or visit https://example.org/a?b=c&d=e#f", "Write to someone@example.org, or visit https://example.org/a?b=c&d=e#f."),
    ("$5.00 + 7% = ~5.35 (roughly)", "$5.00 + 7% = 5.35 (about)", "5.00$ plus 7 % is roughly 5.35"),
    ("f(x) = x^2 * [a_1, a_2]; {ok} | `done` \\ end", "f(x)=x^2*[a_1,a_2]; {ok}|`done`\\end"),
    ("It's John's, isn't it? 'Yes,' he said.", "It is John's, isn't it? 'Yes', he said."),
    (".5 is a half; 5. is five; ,5 and 5, too", "0.5 is a half; 5 is five; ,5 and 5, too."),
    ("..,,..", ".. ,, .."),
    ("1.2.3,4-5-6.-7", "1.2.3,4-5-6. -7"),
    ("line one-\nbroken and\nline two", "line onebroken and line two"),
    ("<skipped> kept <skipped>", "kept", "<skipped>"),
    ("One", "One", "Two"),
    ("Two words", "Two other words", "Two words", "Words, two"),
    ("Now three words", "There are four words now"),
    ("tab\tand\u001cseparator\u0085next\u2028line", "tab and separator next line"),
    ("The train leaves at 6 p.m. from platform 9.", "The train leaves at 6 pm from platform 9.", "At 6 p.m. the train leaves from platform 9.", "The train departs at 18:00 from platform 9."),
    ("A B C D E F G", "G F E D C B A"),
    ("a long hypothesis that goes on and on and on without an end in sight at all", "a short one"),
    ("too short", "this reference goes on for quite a while longer than that", "and this one goes on for even longer, all the way to the end"),
    ("Emoji 👩‍👩‍👧 and flags 🇫🇷🇩🇪, cafe\u0301 and café", "Emoji 👩‍👩‍👧 and flags 🇫🇷 🇩🇪, café and café"),
    ("Trailing space and newline. \n", "Trailing space and newline."),
    ("x", "y"),
    ("no overlap whatsoever here", "something else entirely instead"),
    ("The same the same the same", "the same The same", "the same the same the same the same"),
    ("five tokens are right here", "five tokens are right there", "four tokens here"),
]


def score(indices):
    hyps = [SETS[i][0] for i in indices]
    refs = [SETS[i][1:] for i in indices]
    # sacreBLEU wants streams: the k-th reference of every sentence, None where there is none.
    width = max(map(len, refs))
    streams = [[r[k] if k < len(r) else None for r in refs] for k in range(width)]
    s = BLEU().corpus_score(hyps, streams)
    return {
        "sentences": indices, "bleu": s.score, "precisions": s.precisions, "bp": s.bp,
        "hyp_len": s.sys_len, "ref_len": s.ref_len,
    }


def main():
    rng = random.Random(7)
    everything = list(range(len(SETS)))
    corpora = [everything] + [[i] for i in everything]
    corpora += [sorted(rng.sample(everything, k)) for k in range(2, len(SETS), 2)]
    tokenize = Tokenizer13a()
    lines = [line for s in SETS for line in s]
    golden = {
        "header": {
            "written_by": "golden.py", "sacrebleu": sacrebleu.__version__, "tolerance": 1e-9,
            "signature": "case:mixed|eff:no|tok:13a|smooth:exp",
        },
        "sets": SETS,
        "tokens": [[line, tokenize(line.rstrip()).split()] for line in lines],
        "corpora": [score(c) for c in corpora],
    }
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as f:
        json.dump(golden, f, ensure_ascii=False, indent=0)
        f.write("\n")
    print([round(c["bleu"], 3) for c in golden["corpora"]])


if __name__ == "__main__":
    main()
