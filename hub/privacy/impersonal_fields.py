"""Stored fields without personal data: those that the register of personal data (register.py) does not list. Pure."""

IMPERSONAL = """
Message: author at internal choices source veiled
Source: article title valid_from body
HandedOver: at holder
WithBot: misses greets dialogue proving result
InQueue: left queue since talked_since yields
SetAside: since cause group
Block: id effect since until lifted centre
WithOperator: since queue waiting_since talked_since left
Promised: queue since robot
WithRemoteCentre: centre since queue waiting_since handing talked_since taken
Closed: at topic kept passed
QueuePlaceHold: line until
TransferHop: sender receiver reason at waiting_since talked_since
Offered: at until why
AssignmentReason: rule ring waited_s priority_s idle_s rival_s spared cause
OfferEnded: at how
Placed: at
Tagged: at off
RuleActed: at rule title replied
Lead: wait_s title
Carried: at record state
SpeechRecognised: at record
Thought: at record version intent confidence missed first result
Transcribed: at record why
TranscriptLine: at_ms author
Deleted: at record
Telephoned: at stage cause
PutOnHold: at on
RefusedCall: at trunk dialled cause decided
TrunkHour: key trunk hour most calls refused held_s
WrappedUp: at since
Verified: at
Pepper: name secret
Erased: at cause
Erasure: conversation at cause
PromiseGiven: at due
Attempted: at outcome
Alarmed: at percent
PromiseEnded: at due how
Conversation: id number opened holder last topic served passed promise line erased merged parts danger question summary lead
Merged: into at before kept promise kept_promise
Address: channel
CallbackPromise: given due waiting_since attempts alarmed
Attempt: at outcome
Article: id title text questions topic body valid_from purpose own centre level language authority service
OutdatedReport: case card title field old at authority sent by_hand replies draft solved told
BodyReply: at record
Edition: key version card written checked published since until
Import: id at file source checksum taken undone
Taken: name version written before
PublicService: id title name level topic authority about order term documents fee refusals appeal responsible result ways questions
PublicService: facts variants valid_from origin
ServiceFact: facet text questions source
FeeFor: applicant rubles
Papers: applicant papers situation
Paper: name note by_authority
Fee: free rubles note by
Appeal: authority how term
Variant: place addition fee term authority documents
Authority: id name branch place short superior controlled_by official contacts appoints origin
Official: post
Contacts: phones email site address
Office: id authority name address place hours phones coordinates services accessible origin
Timetable: zone holidays week special valid_from valid_until
Origin: source id checked review imported checksum demonstration centre level
Announcement: id version wording written approval withdrawn shared centre
Wording: text occasion valid_from valid_until queues below
CriterionLesson: key centre teaches written
LessonRef: course lesson
CoachingAssignment: centre card item teaches at until done percent seen
Course: id key version title roles levels days exam months written sources centre
CourseDay: title lessons
Lesson: key title minutes text cards practice questions
ExamQuestion: key text options right why
ExamRules: questions minutes pass_percent attempts_a_day
TraineeProgress: course lessons attempts
LessonRecord: read percent source
ExamAttempt: seed version begun until ended percent passed answers
PlanItem: id title due responsible state done note document term
Pilot: id subject systems done note
FundingLine: id title year source centre function plan fact note
AgendaItem: id title meeting note
CouncilDecision: id title due responsible state done note meeting
CouncilMember: id body post
Campaign: id title number subject day medium note
Assumption: id title measure channel low high since source note
TemplateVersion: id kind version title text written approval
GateCriterion: id title stage gate measure target done note
GateProtocol: id stage gate day at results note
CriterionResult: criterion title measure target figure note subjects
CountedSubject: subject lacks
Sheet: name version rows
VisitCounts: subject months source at
MonthVisits: month visits
SheetChange: key sheet version at before after
TrainingProvider: key name licence until centre
VolumeDay: key volumes
ShiftRoster: key centre zone first days needs cost bound made published
RosteredShift: day kind
Absence: key centre kind first last asked state
PresenceDay: centre day
PresenceMove: at state
AdherenceExcuse: key centre begins ends reason at
ShiftSwap: key roster day other_day asked done refused
Volume: centre channel topic counts handled handling_s
TrainingGroup: key title course version provider begins centre written
Certificate: code course version title hours percent provider licence issued until centre revoked
CertificateExemption: course until centre
Readiness: key centre day version telephones uncovered_min operators offices services incomplete staff trained
ServiceDay: key centre day version part cells
EffectDay: key centre day version cells
EffectCell: channel language counts
EffectCounts: offered answered in_time talks_ended handled_s wrap_up_s informed informed_s in_ten called_back unanswered
ServiceMonth: key centre month part cells restated
ServiceCell: service authority subject channel counts
ServiceCounts: offered decided returned complaints delays refusals outdated grades bad_grades grade_sum
Scorecard: id key version title items written sources centre
ScoreItem: key text weight critical hint
ItemScore: item verdict at_ms
ReviewPlan: key version centre card criteria written due
Criteria: number per cause queue channel long_min
ReviewSample: key centre seed criteria since until at fitting drawn plan
Scoring: at scores
ScoreAppeal: at decided upheld
CoachingNote: review at at_ms read
Calibration: key centre card at ended
Review: queue channel centre closed card cause drawn draw until settled
Csat: queue channel centre at until grade
CannedReply: id version words written
SavedView: id title filter centre shared
FloorMessage: id at until urgent to queues withdrawn
Alarm: id trouble about began limit value worst ended acknowledged quiet line
Acknowledged: at
Quiet: until
Thresholds: wait_s waiting level_percent calls_level_percent calls_wait_s unanswered_s left_percent nobody_free_s staff at_risk
FloorRead: message at
CannedWords: title text sign queues note then_queue then_topic
Mailing: id version words changed due paused removed why
MailingWords: title by rhythm at form centre line day worked moscow report
SavedReport: id version words changed shared removed
ReportWords: title by columns days chart compare centre line level channel topic
ReportRun: key mailing at since until subject text name media body letters tries again
Letter: state
Approval: at
Report: key centre start version figures
DayTotals: key cells open decided
Cell: line counts
Ticket: at
FileLink: until
Fragment: seq total at
Notice: key id at due urgent state
ConsentText: key purpose version ru en written approval
Phrasing: title text
Given: key purpose version language at channel withdrawn
Consents: key given
CitizenName: conversation opened
CitizenCard: written
CitizenNote: at
SubjectRequest: key conversation kind taken due state ended refusing fixes going
Fix: field
Corrected: at what record back
Hold: key at
Redelivery: at alone
Snooze: conversation at last until
Mention: conversation at
Follow: conversation seen
LaterReply: conversation due last stopped
Quarantined: at state
IncomingFile: centre at_home since whole
Operator: one_time_until
OwnRole: key centre edit versions draft
RoleVersion: version content at approval
RoleContent: title title_en base permissions
GivenRole: key title title_en permissions
SimultaneousLimit: chats written
Version: id number at project model intents stories changes compared former
Spoken: robot version at
Draft: robot project at base
Comparison: phrases before after stories passed lost worse topics better_phrases worse_phrases tests tests_before tests_after failing
TopicScore: intent before after
Heard: right wrong unsure
ChangedPhrase: text intent before after
Trial: secret at until project model
Assigned: at intent article
Sought: count at
ServiceKey: digest role queues scopes at until
KeyUse: name at
BreakGlassCredential: login at until
Case: number kind channel ruling due line home filings told alarmed erased away told_afar
DelegatedTo: handing centre number state taken heard
DelegatedFrom: handing centre through added
LegalTerms: rule label source register_by answer forward_by extend_days suspendable offer
LegalTerm: days working_days hours if_off
CaseStep: at act state
Classification: at topic version
Correction: at before
CaseKey: key number
Referral: id authority home way address at due state received alarmed superseded
Recommendation: id number centre selection editions moves
Selection: since until lines version topic authority service breach subject
Revision: at title addressee evidence
Evidence: at tables series late reported
ReportedFigure: name count of expected centres
Count: key complaints late
RecommendationStep: at state
Appointment: number office service centre told reminder owes origin unconfirmed
OfficeHandedOver: key on
BookingStep: at act state slot there
ReadBack: key place again
DepartmentRelay: system at state next matter
Entrusted: channel since until
Slot: at window minutes
Wish: since until
Claim: number until
Pull: key at checksum etag modified
DeliveryAttempt: subscription number what at why state tries last
Subscription: key title url secret types at upto ended
PushSubscription: kinds until quiet_from quiet_until
PushKey: key private
Unsent: number system at why
SystemDay: key system day answered in_time failed took
Tree: version at topics
RuleSet: version at rules
Rule: id title when acts given minutes on
RuleIf: channels queues topics tags languages words hours person
RuleThen: tag lead_min queue topic note seniors reply
SentTopics: centre version at level topics
Settings: queues hours numbers citizen_fields closing_fields
Queue: id title skills centre site mfc department function priority_s qualification successor alarms
Calendar: centre queue zone holidays week special valid_from valid_until
CentreNumber: centre number tariff published
FormField: id title kind options required topics
RegistryVersion: version edit written records approval
RegistryRecords: centres mfcs attachments
Centre: valid_from valid_to id name level owner legal_form hours area sites numbers trunks contracts overload
Area: subjects municipalities mfcs
Site: id name
Number: number tariff published
Trunk: valid_from valid_to carrier kind lines address
CentreContract: valid_from valid_to contractor function personal_data service_level targets
ContractTargets: answered_percent left_percent handling_s returned_percent
OverloadThresholds: wait_on_s wait_off_s occupancy_on occupancy_off lasting_s
Mfc: valid_from valid_to id name subject municipality served_population locality address hours phone checked
MfcAttachment: valid_from valid_to mfc
SettingsVersion: version at since settings
ChannelConfiguration: key driver version at settings enabled carries change
ChannelSecret: id driver at bound wrapped_by wrapping content
ScriptVersion: id version script written approval withdrawn centre level
Script: key title steps topics urgent rights appeal phrases
ScriptStep: key kind text hint mandatory frees next answers
ScriptAnswer: text next
Phrases: conflict hesitation silence tears
ScriptRun: script version first at line
ScriptMove: at
Questionnaire: id key version title lead questions written sources centre
Bilingual: ru en
SurveyQuestion: kind text options top mandatory
Survey: key kind questionnaire version centre since until written quota least sample started ended
Sample: since until size topics services channels
Invited: survey at topic service state agreed answered aloud
SurveyAnswer: question
SurveyReport: key centre questionnaire title questions since until answered counts least
Tally: survey answered withdrawn states counts
FreeText: key survey question text
Topic: id title kind title_en parent was centre
AuditEntry: at what
"""
"""Fields that identify no person, or only together with those of the register; as "Message: author at; Source: title"."""
