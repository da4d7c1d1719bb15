"""Options that several commands share."""

from pathlib import Path

import click

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on standard output."
)
images_option = click.option(
    "--images",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with NAME/NAME_0001.jpg.",
)
pairs_option = click.option(
    "--pairs",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Pairs file in the LFW form.",
)
