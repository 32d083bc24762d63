//! What a rule that is broken says to a visitor.

use std::{borrow::Cow, fmt::Display};

use garde::i18n::{I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind};

/// Sentences that may stand under a field as they are.
pub(super) struct English;

type Text = Cow<'static, str>;

impl I18n for English {
    fn length_lower_than(&self, min: usize) -> Text {
        match min {
            1 => "Please fill this in.".into(),
            _ => format!("Please write at least {min} characters.").into(),
        }
    }

    fn length_greater_than(&self, max: usize) -> Text {
        format!("Please write at most {max} characters.").into()
    }

    fn range_lower_than(&self, min: &dyn Display) -> Text {
        format!("Please give {min} at least.").into()
    }

    fn range_greater_than(&self, max: &dyn Display) -> Text {
        format!("Please give {max} at most.").into()
    }

    fn credit_card_invalid(&self, _: InvalidCreditCard) -> Text {
        "This is no card number.".into()
    }

    fn pattern_no_match(&self, _: &dyn Display) -> Text {
        "This does not have the right form.".into()
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Text {
        format!("This must contain “{pattern}”.").into()
    }

    fn url_invalid(&self, _: InvalidUrl) -> Text {
        "This is no web address: it begins with https://.".into()
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Text {
        format!("This must begin with “{pattern}”.").into()
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Text {
        format!("This must end with “{pattern}”.").into()
    }

    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> Text {
        "This is no phone number.".into()
    }

    fn ip_invalid(&self, _: IpKind) -> Text {
        "This is no IP address.".into()
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Text {
        format!("This is not the same as {field}.").into()
    }

    fn email_invalid(&self, _: InvalidEmail) -> Text {
        "This is no e-mail address.".into()
    }

    fn ascii_invalid(&self) -> Text {
        "Please use plain letters, digits and signs only.".into()
    }

    fn alphanumeric_invalid(&self) -> Text {
        "Please use letters and digits only.".into()
    }

    fn required_not_set(&self) -> Text {
        "Please fill this in.".into()
    }
}
