# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How often right answers are refused at most, by what was seen at a number of places."""

_LEVEL = 0.95


def most_refused(refused, tried):
    """
    Return the share that lies above the true one with 95 % confidence (Clopper-Pearson, one side).

    refused of `tried` independent trials; 1 when nothing was tried. With none refused about
    3 / tried, the rule of three.
    Source: Clopper and Pearson, Biometrika 26 (1934).
    """
    from scipy.stats import beta
    if refused >= tried:
        return 1.0
    return float(beta.ppf(_LEVEL, refused + 1, tried - refused))


def refusals(places):
    """
    Count refused answers in the places of a `health` record.

    Returns for what should be taken and for what should be refused, in the order of the record:
    `should`; `places` and `places_refused`, those where any answer was refused; `answers`,
    `refused`; `most`: the share of answers that are refused is below it with 95 % confidence, by
    places, since answers at one place resemble one another; `most_independent`: the same as if
    they did not.
    """
    found = {}
    for place in places:
        here = {}
        for row in place['rows']:
            counts = here.setdefault(row['should'], [0, 0])
            counts[0] += row['views']
            counts[1] += round(row['refused'] * row['views'])
        for should, (answers, refused) in here.items():
            total = found.setdefault(should, [0, 0, 0, 0])
            for number, count in enumerate((1, int(refused > 0), answers, refused)):
                total[number] += count
    return [{'should': should, 'places': there, 'places_refused': some, 'answers': answers,
             'refused': refused, 'most': most_refused(some, there),
             'most_independent': most_refused(refused, answers)}
            for should, (there, some, answers, refused) in found.items()]


def in_words(row):
    """Return a sentence that says what a row of `refusals` says."""
    text = (f'What should {row["should"]}: {row["refused"]} of {row["answers"]} answers refused, '
            f'at {row["places_refused"]} of {row["places"]} places')
    if row['should'] != 'be taken':
        return f'{text}.'
    return (f'{text}. With 95 % confidence fewer than {row["most"]:.1%} of such answers are '
            f'refused, counting places (Clopper-Pearson); if answers at one place were '
            f'independent, fewer than {row["most_independent"]:.2%}.')
