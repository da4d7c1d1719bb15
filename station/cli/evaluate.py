"""`station evaluate`: error rates with confidence intervals on a folder of your own data."""

import click

from station.cli.evaluate_crashes import evaluate_crashes
from station.cli.evaluate_faces import evaluate_faces
from station.cli.evaluate_pad import evaluate_pad
from station.cli.evaluate_templates import evaluate_templates
from station.cli.evaluate_visits import evaluate_visits


@click.group()
def evaluate() -> None:
    """Error rates with confidence intervals on a folder of your own data."""


evaluate.add_command(evaluate_crashes, "crashes")
evaluate.add_command(evaluate_faces, "faces")
evaluate.add_command(evaluate_pad, "pad")
evaluate.add_command(evaluate_templates, "templates")
evaluate.add_command(evaluate_visits, "visits")
