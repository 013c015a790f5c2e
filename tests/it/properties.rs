//! Properties of numbers and texts that hold for any input.

use proptest::prelude::*;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::number::parse_whole;
use reseller_portal::domain::text::{folded, group_thousands, search_words};

proptest! {
    #[test]
    fn a_number_is_read_as_it_is_shown(number in 0_u32..) {
        let shown = group_thousands(number.into());
        prop_assert_eq!(parse_whole(&shown), Ok(u64::from(number)), "{}", shown);
        prop_assert_eq!(parse_whole(&number.to_string()), Ok(u64::from(number)));
    }

    #[test]
    fn a_text_is_a_number_only_if_it_has_a_digit(text in "\\PC{0,12}") {
        if parse_whole(&text).is_ok() {
            prop_assert!(text.chars().any(char::is_numeric), "{}", text);
        }
    }

    #[test]
    fn a_limit_that_is_read_is_read_again_as_the_same(text in "[0-9 ,.'+-]{0,8}") {
        if let Ok(limit) = ChannelLimit::parse(&text) {
            prop_assert_eq!(ChannelLimit::parse(&limit.to_string()), Ok(limit));
        }
    }

    #[test]
    fn folding_a_folded_text_changes_nothing(text in "[a-zA-ZÀ-ž0-9 '.-]{0,40}") {
        let once = folded(&text);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn each_word_of_a_search_is_in_the_folded_text_that_it_came_from(text in "[a-zéüñßA-Z0-9 ]{0,40}") {
        let whole = folded(&text);
        for word in search_words(&text) {
            prop_assert!(whole.contains(&word), "{} is not in {}", word, whole);
        }
    }
}
