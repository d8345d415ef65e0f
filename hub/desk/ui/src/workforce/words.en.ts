import type { ru } from "./words.ru";

export const en: typeof ru = {
  workforce: {
    tabs: "Parts of the section",
    tab: { forecast: "Forecast", rosters: "Rosters" },
    all: { centre: "All centres", channel: "All channels", topic: "All topics" },
    choice: { centre: "Centre", channel: "Channel", topic: "Topic", noTopic: "Without a topic" },
    day: "Day",
    picture: "Up to {most} contacts in a quarter of an hour, most at {time}",
    since: "From contacts since {since}. The band holds nine of ten quarters of an hour. Times are the centre's.",
    legend: { expected: "Expected", interval: "Interval of 90 %", before: "A week before", operators: "Operators needed" },
    whole: "{expected} contacts in the day ({low}–{high}), {hours} paid hours",
    days: "28 days",
    column: { day: "Day", expected: "Expected", low: "From", high: "To", marks: "Why it differs", time: "Time", operators: "Operators", before: "A week before" },
    mark: { holiday: "day off", eve: "shortened day", after: "after days off", payment: "payment day" },
    hours: "By the hour",
    errors: "How far such forecasts were off",
    error: { lead: "Ahead", days: "Days tested", day: "Error of the day", quarter: "Error of the quarter hour", naive: "As a week before", people: "Missing / idle, people" },
    lead: "{n} d",
    noError: "The error will be known when there is more history.",
    method: { last_week: "as a week ago", four_weeks: "mean of 4 weeks", eight_weeks: "mean of 8 weeks", holt_winters: "Holt–Winters", holt_winters_quick: "Holt–Winters, quick" },
    methods: "Methods chosen by the past: {methods}",
  },
};
