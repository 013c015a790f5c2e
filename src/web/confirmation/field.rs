//! Fields of a confirmation.

use crate::web::change::parse_yes_no;
use crate::web::form::Field;
use crate::web::help::{self, Help};

/// Field of a confirmation.
#[derive(Default)]
pub(in crate::web) struct ConfirmationField {
    /// ID of the control. The IDs of elements around it start with it.
    pub id: &'static str,
    /// Name of the field in the submitted form.
    pub name: &'static str,
    pub label: &'static str,
    /// True if the label says that the field may be empty.
    pub optional: bool,
    pub input: Field,
    /// Sentence below the control.
    pub hint: String,
    /// True if the field has the initial focus.
    pub focused: bool,
    pub control: Control,
    /// Explanation of the question.
    pub help: Option<&'static Help>,
}

/// Kind of a control.
#[derive(Default)]
pub(in crate::web) enum Control {
    /// Line of text.
    #[default]
    Text,
    /// Line of text with suggestions.
    Suggestions(Vec<String>),
    /// Whole number.
    Number,
    /// Whole number, with a live preview of its effect on the channel pool.
    ChannelLimit {
        /// Current limit in digits; empty if unknown.
        current: String,
        /// Free channels of the pool, in digits; empty if unknown.
        free: String,
    },
    /// Text that must equal the hint before the button works.
    ConfirmText {
        /// Value of the attribute `inputmode`, which selects the keyboard on a phone.
        inputmode: &'static str,
    },
    /// Several lines of text.
    TextArea,
    /// Choice from a list: values and labels.
    Select(Vec<(String, String)>),
    /// Choice from a few visible options: values, labels, and sentences below them.
    Radio(Vec<(&'static str, &'static str, &'static str)>),
    /// Value that is fixed already.
    Hidden,
}

impl Control {
    /// Creates a choice from a list.
    pub fn select(choices: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        let choices = choices.into_iter();
        Self::Select(
            choices
                .map(|(value, label)| (value.to_owned(), label.to_owned()))
                .collect(),
        )
    }
}

impl ConfirmationField {
    /// Creates a line of text. Its ID equals its name.
    pub fn new(name: &'static str, label: &'static str, input: impl Into<Field>) -> Self {
        Self {
            id: name,
            name,
            label,
            input: input.into(),
            ..Self::default()
        }
    }

    /// Creates the question about an account's connections. It has no preselected answer.
    /// `note` says who can switch them on later.
    pub fn connections(label: &'static str, note: &'static str, typed: &str) -> Self {
        let value = match parse_yes_no(typed) {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        let choices = vec![
            (
                "yes",
                "Yes, all of them, also those that were off before.",
                "Connections that fail Telnyx’s checks stay off; Telnyx does not say which.",
            ),
            (
                "no",
                "No, leave them off. Calls may fail until someone turns them on.",
                note,
            ),
        ];
        Self::new("reenable_all_connections", label, value)
            .id("connections")
            .control(Control::Radio(choices))
            .help(&help::CONNECTIONS)
    }

    pub fn id(self, id: &'static str) -> Self {
        Self { id, ..self }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        Self { hint, ..self }
    }

    pub fn help(self, help: &'static Help) -> Self {
        let help = Some(help);
        Self { help, ..self }
    }

    pub fn control(self, control: Control) -> Self {
        Self { control, ..self }
    }

    pub fn optional(self, optional: bool) -> Self {
        Self { optional, ..self }
    }

    pub fn focused(self) -> Self {
        let focused = true;
        Self { focused, ..self }
    }

    /// Returns `true` if this value is chosen.
    pub fn is_chosen(&self, value: &str) -> bool {
        !value.is_empty() && value == self.input.value
    }

    /// Returns `true` if the field is a short one for digits.
    pub fn is_numeric(&self) -> bool {
        matches!(self.control, Control::Number | Control::ChannelLimit { .. })
    }
}
