//! Check of the cells of a row.

use std::collections::HashMap;

use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::email;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::operation::Change;
use reseller_portal::import::{
    CellContext, CheckedCells, Column, Mapping, RowDefaults, check, error_kind,
};

const ANSWERS: RowDefaults = RowDefaults {
    rollup_billing: Some(false),
    custom_pricing: Some(true),
};

/// Checks a row with these cells; others are empty, except for a valid name and email address.
fn check_cells(cells: &[(Column, &str)], defaults: RowDefaults) -> CheckedCells {
    let mapping = Mapping::chosen(Column::ALL.map(Some).to_vec()).unwrap();
    let cell = |column: Column| {
        let given = cells.iter().find(|(of, _)| *of == column);
        let valid = match column {
            Column::OrganizationName => "Acme",
            Column::Email => "info@acme.example",
            _ => "",
        };
        given.map_or(valid, |(_, cell)| cell).to_owned()
    };
    let assignees = HashMap::from([(email::key("Ann@Example.com"), ann())]);
    let context = CellContext {
        mapping: &mapping,
        defaults,
        assignees: &assignees,
    };
    check(&Column::ALL.map(cell), &context)
}

fn ann() -> StaffId {
    serde_json::from_str("\"019a0000-0000-7000-8000-000000000001\"").unwrap()
}

/// Returns the only error of a row with one special cell, and its kind.
#[track_caller]
fn error(column: Column, cell: &str) -> (String, String) {
    let checked = check_cells(&[(column, cell)], ANSWERS);
    assert_eq!(checked.change, None, "{cell:?}");
    assert_eq!(checked.errors.len(), 1, "{cell:?}: {:?}", checked.errors);
    let error = &checked.errors[0];
    assert_eq!(error.column, column, "{cell:?}");
    (error.message.clone(), error_kind(error))
}

#[test]
fn a_valid_row_becomes_a_creation_with_details() {
    let checked = check_cells(
        &[
            (Column::OrganizationName, " Bücher & Söhne \u{200b}"),
            (Column::Email, "\u{feff} Info@Bücher.example "),
            (Column::ChannelLimit, " 1,200 "),
            (Column::RollupBilling, "YES"),
            (Column::CustomPricing, "False"),
            (Column::Tags, "gold; north ,Gold,\n;"),
            (Column::Note, "=first\r\nsecond "),
            (Column::DisplayName, " Books"),
            (Column::Assignee, " ann@EXAMPLE.com "),
        ],
        RowDefaults::default(),
    );
    assert_eq!(checked.errors, []);
    let Some(Change::Create {
        organization_name,
        email,
        custom_pricing,
        rollup_billing,
        channel_limit,
        with_password,
        details,
    }) = checked.change
    else {
        unreachable!("a creation");
    };
    assert_eq!(organization_name, "Bücher & Söhne");
    assert_eq!(email.as_deref(), Some("Info@Bücher.example"));
    assert_eq!(channel_limit.map(ChannelLimit::get), Some(1_200));
    assert_eq!(
        (rollup_billing, custom_pricing, with_password),
        (true, false, false)
    );
    assert_eq!(details.tags, ["gold", "north"]);
    assert_eq!(details.note.as_deref(), Some("=first\nsecond"));
    assert_eq!(details.display_name.as_deref(), Some("Books"));
    assert_eq!(
        (details.assignee, details.welcome_email),
        (Some(ann()), false)
    );
}

#[test]
fn empty_cells_leave_out_what_is_optional() {
    let Some(Change::Create {
        channel_limit,
        rollup_billing,
        custom_pricing,
        details,
        ..
    }) = check_cells(&[], ANSWERS).change
    else {
        unreachable!("a creation");
    };
    assert_eq!(
        (channel_limit, rollup_billing, custom_pricing),
        (None, false, true)
    );
    assert!(details.is_empty());
}

#[test]
fn an_answer_is_in_the_row_or_for_all_rows_and_never_assumed() {
    let missing = check_cells(&[], RowDefaults::default());
    let kinds: Vec<String> = missing.errors.iter().map(error_kind).collect();
    assert_eq!(
        kinds,
        ["Rollup billing: missing", "Custom pricing: missing"]
    );
    assert_eq!(
        missing.errors[0].message,
        "Enter yes or no, or choose an answer for all rows."
    );
    for wrong in ["maybe", "WAHR", "ja", "2", "x"] {
        assert_eq!(
            error(Column::RollupBilling, wrong),
            (
                format!("Enter yes or no. “{wrong}” is neither."),
                "Rollup billing: neither yes nor no".to_owned()
            )
        );
    }
}

#[test]
fn a_limit_is_a_whole_number_and_each_error_says_what_is_allowed() {
    for wrong in [
        "2,5", "-1", "ten", "1e3", "5.0", "5.5", "1.200", "+5", "=5", "#N/A", "٣",
    ] {
        let (message, kind) = error(Column::ChannelLimit, wrong);
        let start = format!("Enter a whole number, 0 or more. “{wrong}” is not one");
        assert!(message.starts_with(&start), "{message}");
        assert_eq!(kind, "Channel limit: not a whole number");
    }
    for large in ["1000000000000", "1000001", "99999999999999999999999"] {
        assert_eq!(
            error(Column::ChannelLimit, large),
            (
                "A channel limit is at most 1,000,000.".to_owned(),
                "Channel limit: too large".to_owned()
            )
        );
    }
    for fine in ["0", " 10 ", "1000000", "1,000,000"] {
        assert_eq!(
            check_cells(&[(Column::ChannelLimit, fine)], ANSWERS).errors,
            []
        );
    }
}

#[test]
fn each_other_error_names_its_cell_and_has_a_kind() {
    let long = "x".repeat(6_000);
    let many: Vec<String> = (0..21).map(|number| format!("tag {number}")).collect();
    for (column, cell, kind) in [
        (Column::OrganizationName, " ", "missing"),
        (
            Column::OrganizationName,
            "\u{200b}",
            "a character that cannot be used",
        ),
        (
            Column::OrganizationName,
            "a\nb",
            "a character that cannot be used",
        ),
        (Column::OrganizationName, &long, "too long"),
        (Column::Email, "", "missing"),
        (Column::Email, "acme", "not an email address"),
        (Column::Email, "a@b", "not an email address"),
        (
            Column::Email,
            "a@b.example, c@d.example",
            "not an email address",
        ),
        (Column::Email, &format!("{long}@b.example"), "too long"),
        (
            Column::Email,
            "a\0@b.example",
            "a character that cannot be used",
        ),
        (Column::Tags, &many.join(","), "too many tags"),
        (Column::Tags, &format!("a,{}", &long[..60]), "too long"),
        (Column::Note, &long, "too long"),
        (Column::Note, "a\u{7}b", "a character that cannot be used"),
        (Column::DisplayName, &long, "too long"),
        (Column::Assignee, "bob@example.com", "not on the staff"),
        (Column::Assignee, "Ann", "not on the staff"),
    ] {
        let (message, found) = error(column, cell);
        assert_eq!(
            found,
            format!("{}: {kind}", column.label()),
            "{cell:?} {message}"
        );
    }
}

#[test]
fn short_rows_lack_cells_and_long_rows_are_refused() {
    let mapping = Mapping::chosen(vec![
        Some(Column::Email),
        Some(Column::OrganizationName),
        Some(Column::Note),
    ])
    .unwrap();
    let assignees = HashMap::new();
    let context = CellContext {
        mapping: &mapping,
        defaults: ANSWERS,
        assignees: &assignees,
    };
    let errors = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().copied().map(str::to_owned).collect();
        check(&cells, &context).errors
    };
    assert_eq!(errors(&["a@b.example", "Acme"]), []);
    assert_eq!(errors(&["a@b.example", "Acme", "", "", " "]), []);
    let missing = errors(&["a@b.example"]);
    assert_eq!(error_kind(&missing[0]), "Organization name: missing");
    let long = errors(&["a@b.example", "Acme", "note", "and more"]);
    assert_eq!(
        long[0].message,
        "This row has 4 cells, but the header names 3. \
         Put cells that contain the separator in quotation marks."
    );
    assert_eq!(
        error_kind(&long[0]),
        "Organization name: row with more cells than the header"
    );
}

#[test]
fn several_errors_of_a_row_are_all_found() {
    let checked = check_cells(
        &[(Column::Email, "no"), (Column::ChannelLimit, "ten")],
        RowDefaults::default(),
    );
    let columns: Vec<Column> = checked.errors.iter().map(|error| error.column).collect();
    assert_eq!(
        columns,
        [
            Column::Email,
            Column::ChannelLimit,
            Column::RollupBilling,
            Column::CustomPricing
        ]
    );
}
