"""What the report of a backtest says, in English and in French."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

type Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)

NARROW_SPACE = "\u202f"

EN = {
    "title": "How well these fill levels can be foreseen",
    "about": "{readings} readings of {bins} bins, {first} to {last}, {per_day} a bin and day. {full} means full.",
    "origins": "On each of the last {origins} days everything was foreseen anew from what was known then, and held against what came.",
    "headline": "{hours} hours ahead, where nobody empties the bin, the forecast is {error} points of fill off.",
    "headline_more": "Taking the last level as it is: {persistence} points. Adding the mean rise of four weeks: {mean_rate} points.",
    "no_headline": "These readings are too few to say how well they can be foreseen.",
    "error": "How far off",
    "error_untouched": "Mean error in points of fill (hundredths of the bin), windows in which nobody emptied the bin. Shorter is better.",
    "error_usual": "The same over all windows, emptyings included: here the forecast must also know when the truck usually comes.",
    "forecast": "forecast",
    "persistence": "last level",
    "mean_rate": "last level and mean rise",
    "mean_level": "mean level",
    "honest": "How honest",
    "honest_hint": "Of the levels that came, so many should lie under what was called likely with each probability. On the diagonal, the forecast says exactly how sure it is.",
    "honest_x": "probability that was said",
    "honest_y": "share that came",
    "exact": "exactly right",
    "covered": "Inside the 90 % interval: {shares}.",
    "covered_one": "{share} of the levels {hours} hours later, on {width} points of width",
    "bin": "One bin, day by day",
    "bin_hint": "Bin {bin}: the level {hours} hours after each origin, what was foreseen for it if nobody comes, and the 90 % interval.",
    "day_x": "day",
    "level_y": "fill level",
    "came": "what came",
    "low": "lower end",
    "high": "upper end",
    "emptyings": "Emptyings",
    "emptyings_found": "{inferred} emptyings can be seen in the levels.",
    "emptyings_told": "Of {reported} reported ones {share_6} are found within 6 hours and {share_24} within 24; {false} of those found were reported by nobody.",
    "sensors": "Sensors",
    "sensors_hint": "How far each can be relied on. A poorer grade makes its intervals wider; the worst come first.",
    "grade": "grade",
    "phantoms": "false echoes",
    "drift": "empty is off by",
    "silent": "silent for",
    "days": "{days} days",
    "good": "good",
    "fair": "fair",
    "poor": "poor",
    "silent_grade": "silent",
    "stuck": "stands still",
    "all_figures": "In figures",
    "hours": "hours",
    "course": "windows",
    "untouched": "untouched",
    "usual": "all",
    "number": "number",
    "pinball": "pinball loss",
    "coverage": "in the 90 % interval",
    "width": "its width",
    "skill": "Brier skill, over 85 % full",
    "reading": "How to read this",
    "reading_1": "No forecast saw anything from after its origin; only the false distances of each sensor, and where it sees empty, are learned from the whole file.",
    "reading_2": "An error of 10 points means that a bin foreseen at 60 % was at 50 or 70 %. Waste comes in bags: even who knew each bin's true rate would be off by several points.",
    "reading_3": "Windows without an emptying are mostly those of bins that fill slowly: no rule can be judged by them alone.",
}
FR = {
    "title": "Ces niveaux de remplissage se laissent-ils prévoir ?",
    "about": "{readings} mesures de {bins} bacs, du {first} au {last}, {per_day} par bac et par jour. {full} veut dire plein.",
    "origins": "Chacun des {origins} derniers jours, tout a été prévu à nouveau avec ce que l’on savait alors, puis comparé à ce qui est arrivé.",
    "headline": "À {hours} heures, quand personne ne vide le bac, la prévision se trompe de {error} points de remplissage.",
    "headline_more": "En gardant le dernier niveau : {persistence} points. En ajoutant la hausse moyenne de quatre semaines : {mean_rate} points.",
    "no_headline": "Ces mesures sont trop peu nombreuses pour dire si elles se laissent prévoir.",
    "error": "L’erreur",
    "error_untouched": "Erreur moyenne en points de remplissage (centièmes du bac), fenêtres sans collecte. Plus court est meilleur.",
    "error_usual": "La même sur toutes les fenêtres, collectes comprises : la prévision doit alors aussi savoir quand le camion vient d’habitude.",
    "forecast": "prévision",
    "persistence": "dernier niveau",
    "mean_rate": "dernier niveau et hausse moyenne",
    "mean_level": "niveau moyen",
    "honest": "L’honnêteté",
    "honest_hint": "Parmi les niveaux arrivés, telle part devrait se trouver sous ce qui était annoncé avec chaque probabilité. Sur la diagonale, la prévision dit exactement à quel point elle est sûre.",
    "honest_x": "probabilité annoncée",
    "honest_y": "part arrivée",
    "exact": "exactement juste",
    "covered": "Dans l’intervalle à 90 % : {shares}.",
    "covered_one": "{share} des niveaux {hours} heures plus tard, sur une largeur de {width} points",
    "bin": "Un bac, jour après jour",
    "bin_hint": "Bac {bin} : le niveau {hours} heures après chaque origine, ce qui était prévu si personne ne vient, et l’intervalle à 90 %.",
    "day_x": "jour",
    "level_y": "remplissage",
    "came": "ce qui est arrivé",
    "low": "borne basse",
    "high": "borne haute",
    "emptyings": "Collectes",
    "emptyings_found": "{inferred} collectes se voient dans les niveaux.",
    "emptyings_told": "Sur {reported} déclarées, {share_6} sont retrouvées à 6 heures près et {share_24} à 24 ; {false} des retrouvées n’ont été déclarées par personne.",
    "sensors": "Capteurs",
    "sensors_hint": "À quel point on peut compter sur chacun. Une moins bonne note élargit ses intervalles ; les moins bons d’abord.",
    "grade": "note",
    "phantoms": "faux échos",
    "drift": "vide décalé de",
    "silent": "muet depuis",
    "days": "{days} jours",
    "good": "bon",
    "fair": "moyen",
    "poor": "mauvais",
    "silent_grade": "muet",
    "stuck": "figé",
    "all_figures": "En chiffres",
    "hours": "heures",
    "course": "fenêtres",
    "untouched": "sans collecte",
    "usual": "toutes",
    "number": "nombre",
    "pinball": "perte quantile",
    "coverage": "dans l’intervalle à 90 %",
    "width": "sa largeur",
    "skill": "gain de Brier, plein à plus de 85 %",
    "reading": "Comment lire ceci",
    "reading_1": "Aucune prévision n’a rien vu de ce qui suit son origine ; seuls les faux échos de chaque capteur, et le niveau qu’il donne d’un bac vide, sont appris sur tout le fichier.",
    "reading_2": "Une erreur de 10 points veut dire qu’un bac prévu à 60 % était à 50 ou à 70 %. Les déchets arrivent par sacs : même avec le vrai débit de chaque bac, on se tromperait de plusieurs points.",
    "reading_3": "Les fenêtres sans collecte sont surtout celles des bacs qui se remplissent lentement : aucune règle ne se juge sur elles seules.",
}
TEXTS = {"en": EN, "fr": FR}


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences and numbers of one language."""

    language: Language

    def say(self, key: str, **facts: object) -> str:
        """Return a sentence with its facts put in."""
        return TEXTS[self.language][key].format(**facts)

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as it is written: 1,234.5 or 1 234,5."""
        text = f"{value:,.{decimals}f}"
        return text if self.language == "en" else text.replace(",", NARROW_SPACE).replace(".", ",")

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share in percent."""
        text = self.number(100 * share, decimals)
        return f"{text}%" if self.language == "en" else f"{text}{NARROW_SPACE}%"
