"""Store -> plan: history, forecast, selection, roads, problem, solver, verification, explanation."""
