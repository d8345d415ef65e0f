"""django-helpdesk beside us: takes mails out of a folder into its tickets. `benchmarks.mail` runs it, with uv and Django of its own.

    python -m benchmarks.helpdesk FOLDER MAILS

It gets what suits it: one process, SQLite, mails that lie ready in a folder, and nobody to be told.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

MAIL = """From: Citizen {n} <citizen{n}@example.org>
To: ask@example.ru
Subject: Question {n}
Message-ID: <{n}@example.org>
Date: Wed, 25 Nov 2026 12:00:00 +0300
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Здравствуйте! Когда будет готов мой паспорт? Заявление подано {n} дней назад.
{filling}
"""
FILLING = "Подскажите, пожалуйста, куда мне обратиться.\n" * 24
"""About 2 KiB in all."""

urlpatterns: list[object] = []
"""Of Django: filled once it is set up."""

APPS = ("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages", "django.contrib.sessions",
        "django.contrib.sites", "django.contrib.humanize", "helpdesk")


def main() -> None:
    folder, mails = Path(sys.argv[1]), int(sys.argv[2])
    inbox = folder / "inbox"
    inbox.mkdir(parents=True)
    for n in range(mails):
        (inbox / f"{n}.eml").write_text(MAIL.format(n=n, filling=FILLING), encoding="utf8")
    # Django is imported by name: it is there for nobody but this comparison.
    settings, django, management = (import_module(name) for name in ("django.conf", "django", "django.core.management"))
    settings.settings.configure(
        INSTALLED_APPS=APPS, SECRET_KEY=folder.name, SITE_ID=1, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "helpdesk.db")}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend", ROOT_URLCONF="__main__", MEDIA_ROOT=str(folder / "media"),
        HELPDESK_TEAMS_MODEL="auth.User", HELPDESK_TEAMS_MIGRATION_DEPENDENCIES=[], HELPDESK_KBITEM_TEAM_GETTER=lambda _: None)
    django.setup()
    management.call_command("migrate", verbosity=0)
    urls = import_module("django.urls")
    urlpatterns.append(urls.path("", urls.include("helpdesk.urls", namespace="helpdesk")))
    models, email = import_module("helpdesk.models"), import_module("helpdesk.email")
    models.Queue.objects.create(title="Q", slug="q", allow_email_submission=True, email_box_type="local", email_box_local_dir=f"{inbox}/",
                                email_address="ask@example.ru", email_box_interval=0)
    began = perf_counter()
    email.process_email(quiet=True)
    took_s = perf_counter() - began
    print(json.dumps({"mails": mails, "tickets": models.Ticket.objects.count(), "per_s": round(mails / took_s, 1)}))


if __name__ == "__main__":
    main()
