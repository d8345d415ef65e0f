"""Initial content of an empty knowledge base: articles, and the catalogue of services, bodies and offices."""

from importlib.resources import files as package_files
from pathlib import Path

from bots.knowledge.knowledge_file import KnowledgeFileError, read_articles
from hub.knowledge.article import Article
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError, joined, read_catalogue
from hub.knowledge.edition import Card
from okno.config import Config
from okno.faults.config_error import ConfigError


def content_of(config: Config) -> list[Card]:
    """The content of the configuration's files; raises ConfigError, which names the file."""
    catalogue = catalogue_of(config)
    return [*articles_of(config), *catalogue.articles, *catalogue.authorities, *catalogue.offices, *catalogue.services]


def articles_of(config: Config) -> list[Article]:
    source = Path(config.articles) if config.articles else Path(str(package_files("okno.demo") / "articles.toml"))
    try:
        return read_articles(source.read_text(encoding="utf8"))
    except (OSError, UnicodeDecodeError, KnowledgeFileError) as error:
        message = f"articles: {source}: {error}"
        raise ConfigError(message) from error


def catalogue_of(config: Config) -> Catalogue:
    """The catalogue from one file, or from all TOML files in a folder, in the order of their names."""
    if not config.catalogue:
        return Catalogue()
    source = Path(config.catalogue)
    read = []
    for file in sorted(source.glob("*.toml")) if source.is_dir() else [source]:
        try:
            read.append(read_catalogue(file.read_text(encoding="utf8")))
        except (OSError, UnicodeDecodeError, CatalogueError) as error:
            message = f"catalogue: {file}: {error}"
            raise ConfigError(message) from error
    try:
        return joined(read)
    except CatalogueError as error:
        message = f"catalogue: {source}: {error}"
        raise ConfigError(message) from error
