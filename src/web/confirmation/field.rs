//! Fields of a confirmation, as they are drawn.

use crate::web::form::Field;

/// Field of a confirmation.
#[derive(Default)]
pub(in crate::web) struct ConfirmationField {
    /// Id of the control, and the beginning of the ids around it.
    pub id: &'static str,
    /// Name under which it is sent.
    pub name: &'static str,
    pub label: &'static str,
    /// True if the label says that it may stay empty.
    pub optional: bool,
    pub input: Field,
    /// A sentence below the control.
    pub hint: String,
    /// True if the focus begins here.
    pub focused: bool,
    pub control: Control,
}

/// Kind of a control.
#[derive(Default)]
pub(in crate::web) enum Control {
    /// A line of text.
    #[default]
    Text,
    /// A line of text, with suggestions.
    Suggestions(Vec<String>),
    /// Digits.
    Number,
    /// Digits, with a live preview of what they do to a channel pool.
    ChannelLimit {
        /// The present limit in digits; empty if it is not known.
        current: String,
        /// Free channels of the pool, in digits; empty if unknown.
        free: String,
    },
    /// The hint, to be typed before the button works.
    ConfirmText {
        /// Kind of keyboard on a phone.
        inputmode: &'static str,
    },
    /// Several lines of text.
    TextArea,
    /// One of a list: values and labels.
    Select(Vec<(&'static str, &'static str)>),
    /// One of a few, all of which are shown: values, labels, and sentences below them.
    Radio(Vec<(&'static str, &'static str, &'static str)>),
    /// A value that is settled already.
    Hidden,
}

impl ConfirmationField {
    /// Returns a line of text whose id is its name.
    pub fn new(name: &'static str, label: &'static str, input: impl Into<Field>) -> Self {
        Self {
            id: name,
            name,
            label,
            input: input.into(),
            ..Self::default()
        }
    }

    pub fn id(self, id: &'static str) -> Self {
        Self { id, ..self }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        Self { hint, ..self }
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

    /// Returns `true` if this is the choice that was made.
    pub fn is_chosen(&self, value: &str) -> bool {
        !value.is_empty() && value == self.input.value
    }

    /// Returns `true` if the field is a short one for digits.
    pub fn is_numeric(&self) -> bool {
        matches!(self.control, Control::Number | Control::ChannelLimit { .. })
    }
}
