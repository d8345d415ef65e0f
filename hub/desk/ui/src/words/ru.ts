import { ru as access } from "@/access/words.ru";
import { ru as actions } from "@/actions/words.ru";
import { ru as appointments } from "@/appointments/words.ru";
import { ru as automation } from "@/automation/words.ru";
import { ru as cases } from "@/cases/words.ru";
import { ru as citizens } from "@/citizens/words.ru";
import { ru as conversations } from "@/conversations/words.ru";
import { ru as dispatch } from "@/dispatch/words.ru";
import { ru as federation } from "@/federation/words.ru";
import { ru as intake } from "@/intake/words.ru";
import { ru as integrations } from "@/integrations/words.ru";
import { ru as knowledge } from "@/knowledge/words.ru";
import { ru as scripts } from "@/knowledge/scripts/words.ru";
import { ru as live } from "@/live/words.ru";
import { ru as monitoring } from "@/monitoring/words.ru";
import { ru as notifications } from "@/notifications/words.ru";
import { ru as organisation } from "@/organisation/words.ru";
import { ru as privacy } from "@/privacy/words.ru";
import { ru as programme } from "@/programme/words.ru";
import { ru as quality } from "@/quality/words.ru";
import { ru as surveys } from "@/quality/surveys/words.ru";
import { ru as reporting } from "@/reporting/words.ru";
import { ru as robot } from "@/robot/words.ru";
import { ru as shell } from "@/shell/words.ru";
import { ru as signIn } from "@/sign_in/words.ru";
import { ru as telephony } from "@/telephony/words.ru";
import { ru as training } from "@/training/words.ru";
import { ru as ui } from "@/ui/words.ru";
import { ru as workforce } from "@/workforce/words.ru";

export const ru = {
  ...access, ...actions, ...appointments, ...automation, ...cases, ...citizens, ...conversations, ...dispatch, ...federation, ...intake, ...integrations, ...knowledge,
  ...scripts, ...live, ...monitoring, ...notifications, ...organisation, ...privacy, ...programme, ...quality, ...surveys, ...reporting, ...robot, ...shell,
  ...signIn, ...telephony, ...training, ...ui, ...workforce,
};

/** Every language has the same words to say. */
export type Words = typeof ru;
