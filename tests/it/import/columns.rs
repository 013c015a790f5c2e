//! Columns: recognized by name, or chosen.

use std::collections::HashMap;

use reseller_portal::import::{
    CellContext, Column, Mapping, ReadOptions, RowDefaults, check, read_text, template,
};

use super::read_file;

fn recognized(header: &[&str]) -> Vec<Option<Column>> {
    let header: Vec<String> = header.iter().copied().map(str::to_owned).collect();
    Mapping::recognize(&header).columns().to_vec()
}

#[test]
fn columns_are_recognized_by_their_names_and_by_usual_others() {
    for column in Column::ALL {
        assert_eq!(recognized(&[column.label()]), [Some(column)]);
        assert_eq!(recognized(&[column.as_str()]), [Some(column)]);
        assert_eq!(
            recognized(&[&column.label().to_uppercase()]),
            [Some(column)]
        );
    }
    for (name, column) in [
        ("E-Mail", Some(Column::Email)),
        (" e-mail address ", Some(Column::Email)),
        ("Company", Some(Column::OrganizationName)),
        ("Organisation", Some(Column::OrganizationName)),
        ("Channels", Some(Column::ChannelLimit)),
        ("Phone", None),
        ("", None),
    ] {
        assert_eq!(recognized(&[name]), [column], "{name}");
    }
}

#[test]
fn the_best_name_counts_and_no_meaning_is_given_twice() {
    assert_eq!(
        recognized(&["Customer", "Name", "Company name", "Email", "Mail", "email"]),
        [
            None,
            None,
            Some(Column::OrganizationName),
            Some(Column::Email),
            None,
            None
        ]
    );
}

#[test]
fn a_chosen_mapping_has_each_meaning_once() {
    let twice = vec![Some(Column::Note), None, Some(Column::Note)];
    assert_eq!(Mapping::chosen(twice), Err(Column::Note));
    let mapping = Mapping::chosen(vec![None, None, Some(Column::Email)]).unwrap();
    assert_eq!(mapping.position(Column::Email), Some(2));
    assert_eq!(mapping.position(Column::Tags), None);
    let stored = serde_json::to_string(&mapping).unwrap();
    assert_eq!(stored, "[null,null,\"email\"]");
    assert_eq!(serde_json::from_str::<Mapping>(&stored).unwrap(), mapping);
}

#[test]
fn the_template_is_valid_once_the_answers_for_all_rows_are_given() {
    let table = read_file(template()).unwrap();
    assert_eq!(
        read_text(&template(), &ReadOptions::default())
            .unwrap()
            .rows,
        table.rows
    );
    assert_eq!(table.header, Column::ALL.map(Column::label));
    let mapping = Mapping::recognize(&table.header);
    let answers = RowDefaults {
        rollup_billing: Some(false),
        custom_pricing: Some(false),
    };
    for (row, missing) in table.rows.iter().zip([0, 2]) {
        assert_eq!(row.cells.len(), Column::ALL.len());
        for (defaults, errors) in [(answers, 0), (RowDefaults::default(), missing)] {
            let context = CellContext {
                mapping: &mapping,
                defaults,
                assignees: &HashMap::new(),
            };
            assert_eq!(check(&row.cells, &context).errors.len(), errors);
        }
    }
}
