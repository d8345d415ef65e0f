import { en as access } from "@/access/words.en";
import { en as actions } from "@/actions/words.en";
import { en as appointments } from "@/appointments/words.en";
import { en as automation } from "@/automation/words.en";
import { en as cases } from "@/cases/words.en";
import { en as citizens } from "@/citizens/words.en";
import { en as conversations } from "@/conversations/words.en";
import { en as dispatch } from "@/dispatch/words.en";
import { en as federation } from "@/federation/words.en";
import { en as intake } from "@/intake/words.en";
import { en as integrations } from "@/integrations/words.en";
import { en as knowledge } from "@/knowledge/words.en";
import { en as scripts } from "@/knowledge/scripts/words.en";
import { en as live } from "@/live/words.en";
import { en as monitoring } from "@/monitoring/words.en";
import { en as notifications } from "@/notifications/words.en";
import { en as organisation } from "@/organisation/words.en";
import { en as privacy } from "@/privacy/words.en";
import { en as programme } from "@/programme/words.en";
import { en as quality } from "@/quality/words.en";
import { en as surveys } from "@/quality/surveys/words.en";
import { en as reporting } from "@/reporting/words.en";
import { en as robot } from "@/robot/words.en";
import { en as shell } from "@/shell/words.en";
import { en as signIn } from "@/sign_in/words.en";
import { en as telephony } from "@/telephony/words.en";
import { en as training } from "@/training/words.en";
import { en as ui } from "@/ui/words.en";
import { en as workforce } from "@/workforce/words.en";
import type { Words } from "./ru";

export const en: Words = {
  ...access, ...actions, ...appointments, ...automation, ...cases, ...citizens, ...conversations, ...dispatch, ...federation, ...intake, ...integrations, ...knowledge,
  ...scripts, ...live, ...monitoring, ...notifications, ...organisation, ...privacy, ...programme, ...quality, ...surveys, ...reporting, ...robot, ...shell,
  ...signIn, ...telephony, ...training, ...ui, ...workforce,
};
