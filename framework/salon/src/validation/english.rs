//! The English messages for rules that the input breaks.

use std::{borrow::Cow, fmt::Display};

use garde::i18n::{I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind};

/// Messages that can be shown under a field as they are.
pub(super) struct English;

type Text = Cow<'static, str>;

impl I18n for English {
    fn length_lower_than(&self, min: usize) -> Text {
        match min {
            1 => "This field is required.".into(),
            _ => format!("Must be at least {min} characters long.").into(),
        }
    }

    fn length_greater_than(&self, max: usize) -> Text {
        format!("Must be at most {max} characters long.").into()
    }

    fn range_lower_than(&self, min: &dyn Display) -> Text {
        format!("Must be at least {min}.").into()
    }

    fn range_greater_than(&self, max: &dyn Display) -> Text {
        format!("Must be at most {max}.").into()
    }

    fn credit_card_invalid(&self, _: InvalidCreditCard) -> Text {
        "Enter a valid card number.".into()
    }

    fn pattern_no_match(&self, _: &dyn Display) -> Text {
        "The format is invalid.".into()
    }

    fn contains_missing(&self, pattern: &dyn Display) -> Text {
        format!("Must contain “{pattern}”.").into()
    }

    fn url_invalid(&self, _: InvalidUrl) -> Text {
        "Enter a valid web address, such as https://example.com.".into()
    }

    fn prefix_missing(&self, pattern: &dyn Display) -> Text {
        format!("Must begin with “{pattern}”.").into()
    }

    fn suffix_missing(&self, pattern: &dyn Display) -> Text {
        format!("Must end with “{pattern}”.").into()
    }

    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> Text {
        "Enter a valid phone number.".into()
    }

    fn ip_invalid(&self, _: IpKind) -> Text {
        "Enter a valid IP address.".into()
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Text {
        format!("Must match {field}.").into()
    }

    fn email_invalid(&self, _: InvalidEmail) -> Text {
        "Enter a valid email address.".into()
    }

    fn ascii_invalid(&self) -> Text {
        "Use only plain letters, digits and symbols.".into()
    }

    fn alphanumeric_invalid(&self) -> Text {
        "Use only letters and digits.".into()
    }

    fn required_not_set(&self) -> Text {
        "This field is required.".into()
    }
}
