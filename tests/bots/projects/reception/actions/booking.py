from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from .names import SERVICES


class ValidateBooking(FormValidationAction):
    def name(self):
        return "validate_booking_form"

    async def required_slots(self, domain_slots, dispatcher, tracker, domain):
        """Those who register need no reminder."""
        return [slot for slot in domain_slots if slot != "remind" or tracker.get_slot("service") != "registration"]

    def validate_service(self, value, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict):
        if value in SERVICES:
            return {"service": value}
        dispatcher.utter_message(response="utter_unknown_service", asked=value)
        return {"service": None}


class AskService(Action):
    def name(self):
        return "action_ask_booking_form_service"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="Какая услуга?", buttons=[{"title": title, "payload": f'/inform{{"service": "{name}"}}'}
                                                                for name, title in SERVICES.items()])
        return []


class Book(Action):
    def name(self):
        return "action_book"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=f"{tracker.get_slot('visitor')}: {SERVICES[tracker.get_slot('service')]}, {tracker.get_slot('reason')}.")
        return [SlotSet("known", True), SlotSet("service", None), FollowupAction("utter_thank")]


class Rate(Action):
    def name(self):
        return "action_rate"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("score", float(tracker.get_slot("score")))]


class AskAffirmation(Action):
    def name(self):
        return "action_default_ask_affirmation"

    def run(self, dispatcher, tracker, domain):
        intent = tracker.get_intent_of_latest_message()
        dispatcher.utter_message(text=f"Вы об этом: {intent}?", buttons=[{"title": "Да", "payload": f"/{intent}"},
                                                                         {"title": "Нет", "payload": "/out_of_scope"}])
        return []
