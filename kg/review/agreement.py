"""How far several reviewers agree."""

from collections.abc import Sequence


def fleiss_kappa(ratings: Sequence[Sequence[int]]) -> float | None:
    """Fleiss' kappa: agreement beyond chance of any number of raters over nominal categories.

    `ratings` has a row a subject and a column a category; n_ij is how many of the n raters put subject i into category
    j. With N subjects, p_j = Σ_i n_ij / (N n) and P_i = (Σ_j n_ij² − n) / (n (n − 1)):

        κ = (P̄ − P_e) / (1 − P_e),  P̄ = Σ_i P_i / N,  P_e = Σ_j p_j²

    1 is full agreement, 0 what chance would give. It is undefined, None, when there is no subject, or when all raters
    put every subject into one category, so that P_e = 1. Raises `ValueError` unless every row has the same sum of at
    least two.

    Fleiss JL (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76(5), 378–382.
    """
    if not ratings:
        return None
    sums = {sum(row) for row in ratings}
    raters = sums.pop()
    if sums or raters < 2:
        raise ValueError("every subject must be rated by the same number of raters, two or more")
    subjects = len(ratings)
    observed = sum((sum(n * n for n in row) - raters) / (raters * (raters - 1)) for row in ratings) / subjects
    shares = [sum(column) / (subjects * raters) for column in zip(*ratings, strict=True)]
    by_chance = sum(share * share for share in shares)
    return None if max(shares) == 1 else (observed - by_chance) / (1 - by_chance)
