//! The words of which company names are made. No company meant: likenesses are chance.

mod north;
mod south;

use north::{AMERICA, BRITAIN, GERMANY, NETHERLANDS, NORDICS};
use south::{FRANCE, ITALY, OVERSEAS, SPAIN};

/// How a country's companies are called.
pub(super) struct Country {
    pub(super) surnames: &'static [&'static str],
    pub(super) trades: &'static [&'static str],
    pub(super) legal_forms: &'static [&'static str],
    pub(super) cities: &'static [&'static str],
    /// The word between two partners.
    pub(super) conjunction: &'static str,
    /// Whether the trade stands before the name.
    pub(super) trade_first: bool,
    /// Who reads the e-mail there.
    pub(super) mailbox_names: &'static [&'static str],
}

/// Names with something to them: very long ones, pairs that are easily taken for each other, accents, apostrophes,
/// other scripts.
pub(super) const FIXED_NAMES: [&str; 44] = [
    "Acme Ltd",
    "Acme Limited",
    "Northgate Dental Care Ltd",
    "Northgate Dental Clinic Ltd",
    "Meyer Logistik GmbH",
    "Meier Logistik GmbH",
    "Blue Harbor Freight LLC",
    "Blue Harbour Freight Ltd",
    "Sunrise Senior Living, Inc.",
    "Sunrise Seniors Living, Inc.",
    "Larry's Cat Food Inc",
    "O'Sullivan & Daughters Solicitors",
    "Bäckerei Höflinger & Söhne GmbH",
    "Compagnie des Plombiers du Grand-Est et des Vosges Réunies SARL",
    "The Worshipful Association of Independent Chartered Surveyors and Valuers of Greater Manchester and District Ltd",
    "Wasserversorgungs- und Abwasserzweckverband Oberes Elbtal und Sächsische Schweiz",
    "Cooperativa Agrícola y Ganadera Nuestra Señora de los Dolores de Villanueva del Río S.C.A.",
    "Ångström Mätteknik AB",
    "Łódzkie Zakłady Meblarskie Sp. z o.o.",
    "Çelik Yapı Ticaret A.Ş.",
    "Fundação Irmãos Conceição",
    "Crème & Sucre SAS",
    "El Niño Surf School, S.L.",
    "Þorvaldsson Fisk ehf.",
    "Nguyễn Gia Imports LLC",
    "さくら商事株式会社",
    "東方物流有限公司",
    "شركة النخيل للتجارة",
    "Ελληνικά Ελαιόλαδα Α.Ε.",
    "Ромашка Сервис ООО",
    "7 Seas Cruises & Ferries",
    "24/7 Locksmiths London",
    "1-800-PLUMB-NOW LLC",
    "A1 Taxis (Leeds)",
    "A.1. Taxis Leeds Ltd",
    "@Work Coworking",
    "Café \"Zur Post\"",
    "Data <Bridge> Analytics",
    "R&D Robotics, Inc.",
    "100% Organic Grocers Co-op",
    "St. Brigid's Hospice",
    "City of Ashford: Parks and Recreation",
    "Kimathi & Wanjiru Advocates LLP",
    "Mbali Call Centre Solutions (Pty) Ltd",
];

/// Where the companies come from.
pub(super) const COUNTRIES: [Country; 9] = [
    BRITAIN,
    AMERICA,
    GERMANY,
    FRANCE,
    SPAIN,
    ITALY,
    NETHERLANDS,
    NORDICS,
    OVERSEAS,
];
