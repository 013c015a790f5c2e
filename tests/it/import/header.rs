//! Check of the header.

use super::{read_file, refusal};

#[test]
fn a_column_with_secrets_is_refused() {
    for name in [
        "Password",
        "PASSWORD (initial)",
        "Passwort",
        "new_password",
        "pass",
        "API key",
        "api-key",
        "Telnyx API Key v2",
        "Secret",
        "pwd",
    ] {
        assert_eq!(
            refusal(format!("Name,Email,{name}\nA,a@b.example,x\n")),
            format!(
                "Passwords and API keys do not belong in a file. Remove the column “{name}”, and upload the file again."
            )
        );
    }
    for name in ["Pass-through", "Secretary", "Key account", "Tokens left"] {
        read_file(format!("Name,Email,{name}\nA,a@b.example,x\n")).unwrap();
    }
}

#[test]
fn a_missing_header_is_recognized_by_an_email_address() {
    assert_eq!(
        refusal("\nAcme,info@acme.example\nBeta,info@beta.example\n"),
        "Line 2 has an email address, but the first line must name the columns. \
         Add a first line such as “Organization name, Email, Channel limit”."
    );
}

#[test]
fn names_that_are_missing_or_not_unique_are_findings() {
    for (header, finding) in [
        (
            "Email,Name,email",
            "2 columns are named “Email”. The first one is used.",
        ),
        ("Email,,Name", "Column 2 has no name."),
        ("Email,, ", "2 columns have no name: 2 and 3."),
        (
            "Email",
            "The header has only one column. Is the separator right?",
        ),
    ] {
        let table = read_file(format!("{header}\nx,y,z\n")).unwrap();
        let found = table.findings.contains(&finding.to_owned());
        assert!(found, "{header}: {:?}", table.findings);
    }
}
