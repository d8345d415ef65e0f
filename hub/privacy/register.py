"""The register of personal data: purpose, ground, retention, access, location (152-ФЗ ст. 5, 6, 18.1; SE-03). Pure.

Every stored field is listed here or in impersonal_fields.py: a test checks all of them, so that none is added without a purpose.
`okno privacy` prints this page.
"""

from collections.abc import Iterator

from msgspec import Struct


class Kept(Struct, frozen=True):
    """One kind of personal data. `fields` lists what is stored, as "Message: text name; SpeechRecognised: text"."""

    what: str
    fields: str
    purpose: str
    ground: str
    term: str
    seen: str
    masked: str
    lies: str


SERVICE = "152-ФЗ ст. 6 ч. 1 п. 4 (полномочия органов и государственные услуги); для жалоб 59-ФЗ"
WORK = "152-ФЗ ст. 6 ч. 1 п. 5 (договор с сотрудником или подрядчиком)"
SAFETY = "152-ФЗ ст. 19 (безопасность персональных данных)"
CONSENT = "152-ФЗ ст. 6 ч. 1 п. 1, ст. 9 (согласие)"
WITH_CONVERSATION = ("`conversations_days` после закрытия обращения (обращение у робота закрывается после `idle_chats_days` молчания), "
                     "в федеральных линиях `federal_days`; по требованию раньше")
SERVING = "кто ведёт обращение, кому оно предложено или ждёт в его линии; старшие центра с основанием, которое они укажут"
FEDERAL = "в федеральных линиях и подрядчику без персональных данных не показывается"
JOURNAL = "журнал, копии; с `[keys]` зашифровано"

TABLE = (
    Kept("имя, лицо или организация, язык", "Conversation: citizen; Citizen: name person language; CitizenName: name",
         "обратиться по имени и на понятном языке", SERVICE, WITH_CONVERSATION, SERVING,
         "имя " + FEDERAL + ", а федеральный центр его и не хранит", "карточка обращения, копии; с `[keys]` зашифровано"),
    Kept("номер, почта или чат", "Conversation: address; Address: value thread; CallbackPromise: address",
         "ответить тому, кто обратился, и перезвонить", SERVICE, WITH_CONVERSATION, SERVING, FEDERAL,
         "карточка обращения, копии; с `[keys]` зашифровано, в указателе только дайджест"),
    Kept("место услуги", "Conversation: place; Placed: place; Place: subject municipality mfc",
         "отдать обращение тому центру, чья это территория", SERVICE, WITH_CONVERSATION, SERVING, "не скрывается", JOURNAL),
    Kept("сказанное и написанное",
         "Message: text folded name key cc attachments original; Conversation: subject; LaterReply: text files word cc; "
         "PromiseGiven: why; CallbackPromise: why; HandedOver: why; Carried: why",
         "дать ответ и знать, какой ответ дан", SERVICE, WITH_CONVERSATION, SERVING + "; сам гражданин в своём чате",
         "номера и почта скрыты подрядчику без персональных данных", JOURNAL + "; слова в полнотекстовом указателе"),
    Kept("зачем обращение отложено", "Snooze: why", "помнить, чего ждёт тот, кто его ведёт", SERVICE,
         "пока обращение отложено: до срока, ответа гражданина или передачи другому, не дольше 30 дней", SERVING,
         "номера и почта скрыты подрядчику без персональных данных", "документы, копии; с `[keys]` зашифровано"),
    Kept("метки разговора", "Conversation: tags; Tagged: name", "находить и разбирать разговоры по сути", SERVICE,
         "пока обращение отложено: до срока, ответа гражданина или передачи другому, не дольше 30 дней", SERVING,
         "номера и почта скрыты подрядчику без персональных данных", "документы, копии; с `[keys]` зашифровано"),
    Kept("куда ответить, из веб-формы", "Consents: contact; Contact: email phone",
         "ответить так, как просил гражданин", CONSENT, "до отзыва согласия, но не дольше самого обращения", SERVING, FEDERAL,
         "документы, копии; с `[keys]` зашифровано"),
    Kept("запросы гражданина о его данных",
         "SubjectRequest: text start words file; Fix: now was; Corrected: text",
         "ответить на запрос и доказать, что ответ дан", "152-ФЗ ст. 14, 20, 21",
         "3 года; слова гражданина не дольше обращения, прежнее значение исправленного 30 дней", SERVING, FEDERAL,
         "документы, журнал, копии; с `[keys]` зашифровано"),
    Kept("расшифровки записей", "SpeechRecognised: text; Transcribed: lines; TranscriptLine: text",
         "понять сказанное голосом, не слушая всей записи", SERVICE, "`transcripts_days`, но не дольше самого обращения", SERVING,
         "номера и почта скрыты подрядчику без персональных данных", JOURNAL + "; слова в полнотекстовом указателе"),
    Kept("сведения из диалога с роботом", "Thought: events",
         "не переспрашивать то, что гражданин уже сказал", SERVICE, WITH_CONVERSATION, "никто, только сам робот", "не показывается",
         JOURNAL),
    Kept("записи разговоров", "Upload: record; Deleted: file",
         "проверить качество и разобрать жалобу; о записи гражданин предупреждён",
         SERVICE, "`recordings_days`, но не дольше самого обращения",
         SERVING + "; каждое прослушивание в журнале действий", "подрядчику без персональных данных не выдаётся",
         "`files/`, копии; с `[keys]` каждая своим ключом"),
    Kept("файлы граждан", "Upload: key attachment; Attachment: file name type size; Quarantined: key found; "
         "IncomingFile: key about attachment pieces; RemoteConversation: handing number caller",
         "рассмотреть присланные документы", SERVICE, "`attachments_days` после закрытия, но не дольше самого обращения", SERVING,
         "подрядчику без персональных данных не выдаются", "`files/`, копии; с `[keys]` каждый своим ключом"),
    Kept("звонок: чей он на станции", "Telephoned: call party", "связать запись и переводы со звонком", SERVICE, WITH_CONVERSATION, SERVING,
         "не скрывается: это имя звонка на станции и набранный номер центра", JOURNAL),
    Kept("звонок, который станция не приняла: кто звонил, кому поручили перезвонить", "RefusedCall: key number conversation by",
         "перезвонить тому, кто не дозвонился", SERVICE,
         "`conversations_days` после звонка, но не дольше последнего обращения с этого номера; по требованию раньше",
         "старшие центра; каждое чтение списка в журнале действий", FEDERAL,
         "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("адреса одного человека", "Identity: key proofs; Proof: heard_at sent_to at by how; Membership: address identity",
         "видеть все его обращения вместе", CONSENT + ": он сам назвал код",
         "до последнего обращения с этого адреса, или пока связь не разорвана", SERVING, "на федеральном уровне истории нет",
         "документы, копии; с `[keys]` зашифровано"),
    Kept("карточка гражданина", "CitizenCard: address phone email tags fields notes; CitizenNote: by text",
         "не переспрашивать то, что гражданин уже сказал, и учесть то, о чём он просил", SERVICE,
         "до последнего обращения с этого адреса; по требованию раньше", SERVING, FEDERAL, "документы, копии; с `[keys]` зашифровано"),
    Kept("кем он себя подтвердил", "Conversation: verification; Verification: level until; Verified: how level until",
         "говорить о ходе услуги только тому, чья она", SERVICE, "уровень час, отметка в журнале как само обращение", SERVING,
         "на федеральном уровне никто себя не подтверждает", JOURNAL),
    Kept("неудачные подтверждения", "Misses: address at", "остановить подбор кода или номера", SAFETY,
         "считаются 30 минут; удаляются с удавшимся и при пуске узла", "никто", "не показывается", "документы; с `[keys]` зашифровано"),
    Kept("зарегистрированное обращение: текст, предмет, кому отвечать, что сделано",
         "Case: text address conversation others matter restated received identified shown read_back series steps partner origin; "
         "Subject: service authority place happened deviation breach refusal spot ongoing; CaseStep: why to; Spot: words lat long",
         "рассмотреть обращение и ответить на него в срок", SERVICE,
         "с 1 января после года, в котором оно закончено: `cases_59fz_years`, `cases_210fz_years`, `cases_outside_years`; по требованию "
         "раньше, если срок не задан законом; остаются номер, вид, закон, тема, субъект и ход без слов",
         "кто ведёт обращение или обслуживает его линию; старшие центра", "на федеральном уровне виден только номер и чьё оно",
         "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("обращение из другого центра: кто и почему направил, имя заявителя, как с ним связаться",
         "DelegatedFrom: number by why name contact files",
         "рассмотреть обращение, которое направил другой центр", SERVICE, "вместе с обращением",
         "кто ведёт обращение; старшие центра", "федеральному центру обращений не направляют",
         "документы, копии; с `[keys]` зашифровано; в пути на серверах связи обоих центров"),
    Kept("направление обращения в орган: куда, чем, с какой квитанцией", "Referral: case receipt why",
         "знать, что жалоба дошла до того, кто вправе её рассмотреть", SERVICE, "вместе с обращением",
         "кто ведёт обращение; старшие центра", FEDERAL, "документы, копии; с `[keys]` зашифровано"),
    Kept("вопрос, переданный в контакт-центр ведомства, пока он там",
         "DepartmentRelay: key conversation draft title by; Entrusted: key number topic summary callback",
         "получить ответ ведомства; передаётся только то, с чем гражданин согласился", SERVICE,
         "пока не получен ответ или отказ и не позже двух суток; сказанное остаётся в разговоре", "кто ведёт разговор",
         "номер для обратного звонка скрыт", "документы, копии; с `[keys]` зашифровано"),
    Kept("рекомендация по жалобам: номера обращений, причина, предложение",
         "Evidence: cases; Revision: cause proposal; RecommendationStep: why",
         "устранить причину жалоб; имён и слов заявителей в ней нет", SERVICE, "бессрочно: обезличена (152-ФЗ ст. 5 ч. 7)",
         "руководители центра", "не показывается", "документы, копии; с `[keys]` зашифровано"),
    Kept("код обращения", "CaseCode: number hash", "сообщить ход обращения только тому, чьё оно", SERVICE,
         "пока хранится обращение; сам код не хранится рядом с ним", "никто", "не показывается", "документы; с `[keys]` зашифровано"),
    Kept("кодовое слово и полномочия представителя", "CodeWord: key word subject by at; Power: key subject shown until by at",
         "сообщить ход услуги тому, чья она, и тому, кто вправе спрашивать за него", SERVICE,
         "слово до последнего обращения с этого номера, полномочия до их срока; номер, СНИЛС и слово только дайджестами с ключом",
         "никто", "на федеральном уровне о ходе услуг не сообщают", "документы; с `[keys]` зашифровано"),
    Kept("запись на приём: кто, куда, на какое время, пришёл ли",
         "Appointment: conversation person place name notify slot wish steps; BookingStep: why; Claim: key",
         "принять гражданина в назначенное время, напомнить о приёме и не записать двоих на одно время", SERVICE,
         "`appointments_days` после назначенного времени; чьё это место в записи, помнится до его конца",
         "кто записывает в своём центре и ведёт список приёма офиса", "федеральный центр не записывает и не видит",
         "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("путь по сценарию: какие шаги пройдены и что выбрано", "ScriptRun: key conversation moves; ScriptMove: step to answer move",
         "доказать, что сказано и спрошено обязательное", SERVICE,
         "бессрочно, но обезличено: с данными обращения уходит, чей это путь; в нём нет слов гражданина, только выбранные ответы",
         SERVING, "не скрывается: имён и номеров в нём нет", "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("приглашение на опрос и ответы на него",
         "Invited: key conversation case address token consent answers; SurveyAnswer: chosen text",
         "узнать, как обслужили именно этого человека по именно этой услуге", CONSENT + "; приглашение — " + SERVICE,
         "`surveys_days` после конца опроса, до отзыва согласия или удаления данных; дальше только счёт выбранного, без слов и без связи",
         "руководители центра, чей опрос; каждое чтение ответов в журнале действий", "федеральный центр таких опросов не проводит",
         "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("кого недавно приглашали на опрос", "SurveyPause: key until",
         "не приглашать одного человека слишком часто", SERVICE,
         "`surveys.pause_days` после приглашения; только дайджест адреса с ключом, без опроса, обращения и ответов", "никто",
         "не показывается", "документы, копии; с `[keys]` зашифровано"),
    Kept("проверка разговора: чей он, как оценён, что сказано",
         "Review: key conversation number scorings objection; Calibration: conversation number sheets; "
         "Scoring: words; ItemScore: comment record; ScoreAppeal: words answer",
         "узнать, соблюдены ли стандарты общения, и научить", WORK + "; для слов заявителя " + SERVICE,
         "`quality_days` после того, как оценка окончательна; слова уходят вместе с обращением, остаются только отметки",
         "проверяющие центра, кроме самого оператора; сам оператор, когда его оценили", "заявитель в проверке не назван",
         "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("заметка проверяющего оператору", "CoachingNote: key conversation text record",
         "научить на примере одного места в разговоре; имена и номера скрыты, когда её пишут", WORK,
         "`quality_days`, но не дольше самого обращения", "кто написал, кому написано, и руководители центра",
         "гражданам не показывается", "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("урок, назначенный оператору после проверки", "CoachingAssignment: key login review by note",
         "научить тому, что отмечено низко, и узнать, помогло ли; имена и номера скрыты, когда пишут, зачем", WORK,
         "`quality_days`", "сам оператор, кто оценивает разговоры центра", "гражданам не показывается",
         "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("оценка контакта заявителем", "Csat: key conversation address record words",
         "узнать, доволен ли заявитель, и не спросить дважды", SERVICE,
         "`quality_days` после вопроса; чья она, забывается вместе с обращением, в федеральных линиях сразу", "никто по отдельности: "
         "только сводка по группам не меньше `quality.min_answers`; слова без автора и без оператора",
         "в обращении скрыта от всех рабочих мест",
         "документы, копии; с `[keys]` зашифровано, в метках только дайджест"),
    Kept("кто заблокирован", "Block: family pattern reason", "остановить рассылки и угрозы, никого не потеряв", SAFETY,
         "30 дней после конца блокировки", "руководители центра", FEDERAL, "документы, копии; с `[keys]` зашифровано"),
    Kept("код подтверждения", "Code: address conversation by digest until left sent", "доказать, что адрес его", CONSENT,
         "час после отправки; сам код не хранится", "никто", "не показывается", "документы; с `[keys]` зашифровано"),
    Kept("уведомления", "Notice: address text ground by why conversation record attachments", "сообщить о готовности услуги или об ответе",
         "указывается у каждого: согласие, закон или сама услуга", "30 дней; текст в обращении столько, сколько оно само",
         "кто их отправляет в своём центре", FEDERAL, "документы, копии; с `[keys]` зашифровано"),
    Kept("отказы от уведомлений", "OptOut: key at conversation record back", "не писать тому, кто отказался", "38-ФЗ ст. 18, 41-ФЗ",
         "`opt_outs_days`; бессрочно, пока не задано: иначе отказ забудется", "никто: узел проверяет сам", "не показывается",
         "документы, копии; с `[keys]` зашифровано, в ключе только дайджест"),
    Kept("сообщения об устаревших сведениях: чем подтверждено, что написал и ответил орган",
         "OutdatedReport: evidence answer; BodyReply: by text conversation files",
         "исправить сведения об услуге; имён и номеров граждан в них быть не должно", SERVICE, "`outdated_reports_days` после исправления",
         "кто читает справочник", "не скрывается", "документы, копии; с `[keys]` зашифровано"),
    Kept("о каких событиях обращения сообщено другим системам", "DeliveryAttempt: key subject",
         "доказать, что другая система о них узнала, и сообщить ещё раз", SERVICE,
         "`events_days` после того, как событие принято; непринятое, пока его не примут или не отменят подписку; слов и имён в нём нет",
         "администраторы", "на федеральном уровне подписок нет", "документы, копии; с `[keys]` зашифровано"),
    Kept("фразы для обучения робота, без имён и номеров", "Assigned: phrase example; Sought: phrase text",
         "научить робота понимать такие вопросы", SERVICE,
         "пока нужны роботу: обезличены (152-ФЗ ст. 5 ч. 7); что искали операторы, `knowledge_gaps_days`",
         "редакторы робота", "скрыто до показа",
         "документы, копии; с `[keys]` зашифровано"),
    Kept("части длинных SMS", "Fragment: key group content", "собрать сообщение целиком", SERVICE, "сутки, обычно секунды", "никто",
         "не показывается", "документы; с `[keys]` зашифровано"),
    Kept("номера сообщений у операторов связи", "Ticket: key conversation record others; Bookmark: key value",
         "узнать, что стало с отправленным", SERVICE, "30 дней", "никто", "не показывается", "документы, копии; с `[keys]` зашифровано"),
    Kept("ссылки на файлы в SMS", "FileLink: key conversation file secret", "открыть присланный файл", SERVICE,
         "`file_links.days`, 7 дней", "получивший SMS", "не показывается", "документы, копии; с `[keys]` зашифровано"),
    Kept("на чём узел останавливался", "Redelivery: key", "не останавливаться на одном и том же дважды", SAFETY,
         "3 дня, обычно секунды; вместо адреса и ключа сообщения лежит их дайджест", "никто", "не показывается",
         "документы; с `[keys]` зашифровано"),
    Kept("учётные записи сотрудников",
         "Operator: login name role queues skills languages contractor functions subject granted active one_time loan own_role limit; "
         "TemporaryAssignment: lines own until at by keeps",
         "знать, кто отвечает, и допускать его к работе", WORK, "пока работает и пока его действия в журнале",
         "администраторы и старшие центра; имя видит гражданин",
         "логин гражданам не показывается", "документы, копии; с `[keys]` зашифровано"),
    Kept("чем сотрудник подтверждает вход",
         "Operator: password; SecondFactors: login recovery since step; CodeSecret: login key content; "
         "Passkey: id login key count name at; "
         "BreakGlassCredential: digest by source used",
         "впускать только его самого", SAFETY, "пока есть учётная запись", "никто: хранятся дайджесты и открытые ключи", "не показывается",
         "документы, копии; секреты с `[keys]` зашифрованы"),
    Kept("сеансы сотрудников", "SignIn: token login csrf at until second source session", "узнать вошедшего", SAFETY,
         "до конца сеанса (12 часов), затем удаляются в тот же день", "сам сотрудник", "другим не показываются", "документы, копии"),
    Kept("браузеры сотрудников, которым сообщают о событиях", "PushSubscription: key login endpoint public secret",
         "сообщить сотруднику, который не видит рабочее место, что его ждут", WORK,
         "до конца сеанса (12 часов), затем удаляются в тот же день",
         "сам сотрудник; служба его браузера узнаёт, что ему сообщено, но не о чём", "другим не показываются",
         "документы, копии; с `[keys]` зашифровано"),
    Kept("ключи программ", "ServiceKey: by name; KeyUse: source", "допускать учётные системы центра", SAFETY, "до отзыва", "администраторы",
         "не показывается", "документы, копии"),
    Kept("должностные лица, отвечающие за услуги", "Official: name phone", "сказать гражданину, кто отвечает и кому жаловаться",
         "сведения открыты (8-ФЗ ст. 13)", "пока действует редакция карточки и хранятся прежние", "все", "не скрывается",
         "документы, копии"),
    Kept("кому рассылают отчёты", "MailingWords: addresses; Letter: address why",
         "присылать показатели тем, кто руководит работой центра", WORK,
         "пока есть рассылка и 30 дней после её удаления, последние 20 выпусков", "руководство центра и центра над ним",
         "гражданам не показывается", "документы, копии; с `[keys]` зашифровано"),
    Kept("тревоги зала и кто их принял", "Acknowledged: by word; Quiet: by", "знать, кто занялся тем, что не так, и когда", WORK,
         "90 дней после окончания тревоги", "руководство центра и старшие; на табло имён нет", "гражданам не показывается",
         "документы, копии; с `[keys]` зашифровано"),
    Kept("сообщения залу и кто их прочёл", "FloorMessage: text by login; FloorRead: key login",
         "сказать операторам то, что нужно сейчас, и знать, что они это прочли", WORK, "30 дней после окончания срока",
         "операторы, кому сообщение адресовано; кто прочёл, видит руководство центра", "гражданам не показывается",
         "документы, копии; с `[keys]` зашифровано"),
    Kept("кто что делал",
         "HandedOver: by; Message: by mentions; Snooze: operator; Mention: key login by; Follow: key login; LaterReply: operator; "
         "Offered: operator; OfferEnded: operator; "
         "Tagged: by; RuleActed: text; RuleSet: by why; RuleThen: people; "
         "Placed: by; PromiseGiven: by; Attempted: by; Attempt: by; Merged: by; "
         "PromiseEnded: by; Verified: by; PutOnHold: by; WrappedUp: by; Erased: by; CallbackPromise: by; Conversation: served_by; "
         "WithOperator: operator; "
         "InQueue: wanted; "
         "Promised: owner; Closed: by; AssignmentReason: rival; Hold: by why; Announcement: written_by; Approval: by; "
         "Version: by note approved_by; Spoken: by; Trial: by note; "
         "CannedReply: written_by owner; SavedView: owner; "
         "Draft: by approved_by authors; Assigned: by; Erasure: by; Block: by lifted_by; "
         "ConsentText: written_by; Given: withdrawn_by; SubjectRequest: by proposed_by ended_by; Corrected: by; "
         "CaseStep: by; Referral: by; Revision: by; RecommendationStep: by; Classification: by; Correction: by; Case: worker; "
         "Subscription: by; Tree: by; "
         "SettingsVersion: by why; RegistryVersion: authors; RoleVersion: authors; ChannelConfiguration: by; ChannelSecret: by; "
         "ScriptVersion: written_by; Questionnaire: written_by; Survey: written_by started_by ended_by; "
         "AgendaItem: speaker; CouncilMember: name; SheetChange: by; VisitCounts: by; GateProtocol: by; TemplateVersion: written_by; "
         "Course: written_by; CriterionLesson: written_by; TrainingProvider: written_by; TrainingGroup: lecturer trainees written_by "
         "present; "
         "ShiftRoster: shifts made_by published_by; RosteredShift: login; Absence: login by; ShiftSwap: login colleague; "
         "PresenceDay: key login moves; AdherenceExcuse: login words by; "
         "Certificate: login name by why; CertificateExemption: key login by why; TraineeProgress: key login; "
         "Scorecard: written_by; ReviewPlan: written_by; Criteria: operator; ReviewSample: by; Review: operator reviewer; Scoring: by; "
         "ScoreAppeal: judge; Csat: operator; CoachingNote: operator by; Calibration: operator by; "
         "Mailing: by; ReportRun: by; SavedReport: by; "
         "ScriptRun: by; ScriptMove: by; Edition: written_by; Import: by; BookingStep: by; OutdatedReport: by; Cell: key",
         "отвечать за сделанное и считать показатели", WORK, "вместе с журналом", "кто видит само обращение или документ",
         "гражданам не показывается",
         JOURNAL),
    Kept("журнал действий", "AuditEntry: by about detail ground",
         "доказать, кто читал и менял данные (152-ФЗ ст. 19 ч. 2 п. 8)",
         SAFETY, "бессрочно: цепочку нельзя разорвать; в ней логины и номера обращений, не слова граждан",
         "администраторы", "номера и почта в искомых словах скрыты; сами слова остаются",
         "база и `audit/` в открытом виде, чтобы проверить без ключей"),
    Kept("сетевой адрес гражданина", "", "ограничить число попыток", SAFETY, "в памяти, до остановки узла", "никто", "не показывается",
         "память"),
)


def fields() -> Iterator[tuple[str, Kept]]:
    """Each listed field, as "Message.text", with its description."""
    for kept in TABLE:
        for each in named(kept.fields):
            yield each, kept


def named(text: str) -> Iterator[str]:
    """"A: b c; D: e" is A.b, A.c, D.e; lines separate like semicolons."""
    for part in filter(None, map(str.strip, text.replace("\n", ";").split(";"))):
        kind, _, names = part.partition(":")
        for name in names.split():
            yield f"{kind}.{name}"
