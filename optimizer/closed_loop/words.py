"""What the report of a closed loop says, in English and in French."""

from __future__ import annotations

from typing import ClassVar

from optimizer.reports.words import Words

EN = {
    "title": "What changes with another way of choosing bins",
    "about": "{town} · bins: {bins} · trucks: {trucks} · days that count: {days}, after {warmup} of warming up · repetitions: {seeds}",
    "headline": "At the same overflow, Tournée drives {share} {less} than {other}.",
    "fewer_km": "fewer kilometers",
    "more_km": "more kilometers",
    "a_year": "In a year that is {km} km, {litres} liters of diesel and {tonnes} t of CO₂e.",
    "no_headline": "With these settings nothing that cities do today comes to the same overflow as Tournée, so nothing can be said in one figure. With more settings the lines reach further.",
    "level": "Overflow compared at: {level} hours a day per bin, over all bins, visited or not.",
    "curve": "Kilometers against overflow",
    "curve_hint": "Whoever accepts more overflowing bins drives less: a way of choosing is better only if its whole line is lower. Each point is one setting.",
    "curve_x": "overflow, hours per bin and day",
    "curve_y": "km a day",
    "same": "Kilometers a day at the same overflow",
    "same_hint": "Read from the lines above, where a line reaches that overflow.",
    "figures": "In figures",
    "figures_hint": "Each way of choosing at the setting nearest to {level} hours of overflow per bin and day. Means a day; ± is the standard deviation of the repetitions.",
    "km": "km",
    "hours": "Hours on the road",
    "diesel": "Diesel (L)",
    "co2e": "CO₂e (kg)",
    "cost": "Cost (€)",
    "services": "Emptyings",
    "overflow_h": "Overflow (bin-hours)",
    "overflow_l": "Overflow (L)",
    "fill": "Fill when emptied",
    "fill_p10": "of which a tenth under",
    "half_empty": "Under half full",
    "fleet": "Fill of all bins, first and last day",
    "extra_unloadings": "Unloadings not planned",
    "solver": "Computing (s)",
    "districts": "By district",
    "districts_hint": "Overflow, hours per bin and day: nobody should pay for the kilometers saved.",
    "map": "Where bins overflow",
    "map_hint": "Each dot is a bin, the square the depot. Hours of overflow a week, first repetition.",
    "map_none": "none",
    "map_some": "up to {hours} h a week",
    "map_more": "more",
    "what_if": "What if",
    "what_if_hint": "The same deposits in the same town with one thing otherwise, beside the town as it is; each way of choosing at its setting in the figures above.",
    "what_if_left": "Had to be emptied and were not",
    "reading": "How this was made",
    "reading_1": "A simulation lives through every day: bins fill with the same deposits, sensors err in the same way, and each way of choosing has the same trucks, breaks and computing time. Nobody but “perfect knowledge” sees what will be thrown in.",
    "reading_2": "Overflow is counted over all bins, from the moment one is full until it is emptied, whether a truck was sent or not. A truck that finds more than it has room for unloads and comes back: that is in its kilometers.",
    "reading_3": "If all bins are fuller on the last day than on the first, a part of the kilometers is only put off.",
    "reading_4": "A simulation is no promise: roads, people and waste are simpler here than outside. Compare ways of choosing, not single figures with your books.",
    "a_day": "A day",
    "district": "District",
    "d_north-east": "North-east", "d_north-west": "North-west", "d_south-east": "South-east", "d_south-west": "South-west",
    "p_fullest": "The fullest bins",
    "p_calendar": "Fixed calendar",
    "p_threshold": "Fill threshold",
    "p_days_to_full": "Days to full",
    "p_prize": "Prize collecting",
    "p_tournee": "Tournée",
    "p_perfect": "Perfect knowledge",
    "s_fullest": "{setting} bins a day",
    "s_fullest_share": "{share} of all bins a day",
    "s_calendar": "{setting} deviations of room",
    "s_threshold": "from {setting}%",
    "s_days_to_full": "{setting} days",
    "s_prize": "€{setting} for an overflow",
    "s_tournee": "€{setting} for an hour over",
    "s_perfect": "€{setting} for an hour over",
    "w_one-truck-less": "One truck less",
    "w_no-sunday": "No Sunday",
    "w_collect-on": "Collection on {more}",
    "w_half-the-sensors": "Sensors on half the bins",
    "w_facility-closed": "A facility closed for a week",
    "mo": "Monday", "tu": "Tuesday", "we": "Wednesday", "th": "Thursday", "fr": "Friday", "sa": "Saturday", "su": "Sunday",
}  # fmt: skip

FR = {
    "title": "Ce que change une autre façon de choisir les bacs",
    "about": "{town} · bacs : {bins} · camions : {trucks} · jours comptés : {days}, après {warmup} de mise en route · répétitions : {seeds}",
    "headline": "À débordement égal, Tournée roule {share} {less} que {other}.",
    "fewer_km": "de kilomètres en moins",
    "more_km": "de kilomètres en plus",
    "a_year": "Sur un an, cela fait {km} km, {litres} litres de gazole et {tonnes} t de CO₂e.",
    "no_headline": "Avec ces réglages, rien de ce que font les villes aujourd’hui n’arrive au même débordement que Tournée : rien ne se résume en un chiffre. Avec plus de réglages, les lignes vont plus loin.",
    "level": "Débordement comparé : {level} heure par jour et par bac, tous bacs comptés, visités ou non.",
    "curve": "Kilomètres et débordement",
    "curve_hint": "Qui accepte plus de bacs qui débordent roule moins : une façon de choisir n’est meilleure que si toute sa ligne est plus basse. Chaque point est un réglage.",
    "curve_x": "débordement, heures par bac et par jour",
    "curve_y": "km par jour",
    "same": "Kilomètres par jour à débordement égal",
    "same_hint": "Lu sur les lignes ci-dessus, là où une ligne atteint ce débordement.",
    "figures": "En chiffres",
    "figures_hint": "Chaque façon de choisir au réglage le plus proche de {level} heure de débordement par bac et par jour. Moyennes par jour ; ± est l’écart-type des répétitions.",
    "km": "km",
    "hours": "Heures de route",
    "diesel": "Gazole (L)",
    "co2e": "CO₂e (kg)",
    "cost": "Coût (€)",
    "services": "Vidages",
    "overflow_h": "Débordement (heures-bac)",
    "overflow_l": "Débordement (L)",
    "fill": "Remplissage au vidage",
    "fill_p10": "dont un dixième sous",
    "half_empty": "À moins de la moitié",
    "fleet": "Remplissage de tous les bacs, premier et dernier jour",
    "extra_unloadings": "Déchargements non prévus",
    "solver": "Calcul (s)",
    "districts": "Par quartier",
    "districts_hint": "Débordement, heures par bac et par jour : personne ne doit payer pour les kilomètres gagnés.",
    "map": "Où les bacs débordent",
    "map_hint": "Chaque point est un bac, le carré le dépôt. Heures de débordement par semaine, première répétition.",
    "map_none": "aucune",
    "map_some": "jusqu’à {hours} h par semaine",
    "map_more": "plus",
    "what_if": "Et si",
    "what_if_hint": "Les mêmes dépôts dans la même ville, une seule chose changée, à côté de la ville telle qu’elle est ; chaque façon de choisir à son réglage des chiffres ci-dessus.",
    "what_if_left": "À vider et non vidés",
    "reading": "Comment ceci a été fait",
    "reading_1": "Une simulation vit chaque jour : les bacs se remplissent des mêmes dépôts, les capteurs se trompent de la même manière, et chaque façon de choisir a les mêmes camions, pauses et temps de calcul. Seule « la connaissance parfaite » voit ce qui sera jeté.",
    "reading_2": "Le débordement est compté sur tous les bacs, du moment où l’un est plein jusqu’à son vidage, qu’un camion ait été envoyé ou non. Un camion qui trouve plus qu’il ne peut prendre va décharger et revient : c’est dans ses kilomètres.",
    "reading_3": "Si les bacs sont plus pleins le dernier jour que le premier, une partie des kilomètres n’est que reportée.",
    "reading_4": "Une simulation n’est pas une promesse : routes, habitants et déchets y sont plus simples qu’en vrai. Comparez des façons de choisir, non un chiffre seul à vos comptes.",
    "a_day": "Par jour",
    "district": "Quartier",
    "d_north-east": "Nord-est", "d_north-west": "Nord-ouest", "d_south-east": "Sud-est", "d_south-west": "Sud-ouest",
    "p_fullest": "Les bacs les plus pleins",
    "p_calendar": "Calendrier fixe",
    "p_threshold": "Seuil de remplissage",
    "p_days_to_full": "Jours avant plein",
    "p_prize": "Collecte à primes",
    "p_tournee": "Tournée",
    "p_perfect": "Connaissance parfaite",
    "s_fullest": "{setting} bacs par jour",
    "s_fullest_share": "{share} de tous les bacs par jour",
    "s_calendar": "{setting} écarts-types de marge",
    "s_threshold": "dès {setting} %",
    "s_days_to_full": "{setting} jours",
    "s_prize": "{setting} € par débordement",
    "s_tournee": "{setting} € l’heure de débordement",
    "s_perfect": "{setting} € l’heure de débordement",
    "w_one-truck-less": "Un camion de moins",
    "w_no-sunday": "Sans le dimanche",
    "w_collect-on": "Collecte : {more}",
    "w_half-the-sensors": "Capteurs sur la moitié des bacs",
    "w_facility-closed": "Un exutoire fermé une semaine",
    "mo": "lundi", "tu": "mardi", "we": "mercredi", "th": "jeudi", "fr": "vendredi", "sa": "samedi", "su": "dimanche",
}  # fmt: skip


class ClosedLoopWords(Words):
    """The sentences of a closed loop in one language, and how its policies, settings and districts are called."""

    texts: ClassVar = {"en": EN, "fr": FR}

    def policy(self, name: str) -> str:
        """Return a policy's name for people; its own where nobody gave it another."""
        return self.say_or(name, f"p_{name}")

    def setting(self, name: str, setting: float) -> str:
        """Return what a policy was set to."""
        if name == "fullest" and setting < 1:
            return self.say("s_fullest_share", share=self.percent(setting))
        said = self.short(setting)
        return self.say_or(said, f"s_{name}", setting=said)

    def named(self, name: str, setting: float) -> str:
        """Return a policy's name and what it was set to."""
        return f"{self.policy(name)}, {self.setting(name, setting)}"

    def district(self, name: str) -> str:
        """Return a district's name: a quarter of the sky in the reader's language, any other as it is."""
        return self.say_or(name, f"d_{name}")

    def km(self, km: float) -> str:
        """Return a distance, as exactly as a simulation tells it."""
        return self.amount(km, "km", 1)

    def what_if(self, what_if: str) -> str:
        """Return what is otherwise."""
        name, _, more = what_if.partition(":")
        days = ", ".join(self.say_or(day, day) for day in more.lower().split("+"))
        return self.say(f"w_{name}", more=days)
