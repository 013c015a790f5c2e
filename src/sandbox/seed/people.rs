//! Names of people, as they stand in e-mail addresses.

use super::super::random::SeededRandom;

const FIRST: [&str; 48] = [
    "amelia", "andre", "anke", "aoife", "beatriz", "bjorn", "carlos", "chiara", "daniel", "dorota",
    "elif", "emeka", "eva", "farid", "fiona", "giulia", "hannah", "henrik", "ines", "ivan",
    "jakub", "jamal", "joana", "kenji", "lars", "leila", "lucas", "magda", "marek", "mei",
    "miguel", "nadia", "nils", "noor", "olivia", "pavel", "priya", "rafael", "rosa", "sanjay",
    "sofia", "tariq", "thandi", "tomas", "ursula", "viktor", "yara", "zofia",
];

const LAST: [&str; 48] = [
    "ahmed",
    "almeida",
    "andersson",
    "baker",
    "becker",
    "bianchi",
    "brown",
    "castro",
    "chen",
    "costa",
    "demir",
    "dubois",
    "evans",
    "fernandes",
    "fischer",
    "garcia",
    "hansen",
    "hughes",
    "ito",
    "jansen",
    "johnson",
    "kaya",
    "keller",
    "khan",
    "kim",
    "kowalska",
    "larsen",
    "lehmann",
    "lopez",
    "martin",
    "moreau",
    "murphy",
    "nguyen",
    "novak",
    "obrien",
    "okafor",
    "patel",
    "pereira",
    "popescu",
    "rossi",
    "santos",
    "schmidt",
    "silva",
    "svensson",
    "tanaka",
    "vandijk",
    "weber",
    "wojcik",
];

/// `magda.kowalska`
pub(in super::super) fn local_part(chance: &mut SeededRandom) -> String {
    format!("{}.{}", chance.pick(&FIRST), chance.pick(&LAST))
}
