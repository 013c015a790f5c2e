-- Letters that are no plain letter with an accent are folded too (`domain::text::folded`): what was folded before follows.
-- Users of the organization are read anew by themselves.
UPDATE accounts SET name_folded = plain.name, email_folded = plain.email, name_stem = plain.stem
FROM (
    SELECT id,
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name_folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i'), 'ς', 'σ') AS name,
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(email_folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i'), 'ς', 'σ') AS email,
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name_stem, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i'), 'ς', 'σ') AS stem
    FROM accounts
) AS plain
WHERE plain.id = accounts.id
    AND (plain.name <> name_folded OR plain.email <> email_folded OR plain.stem <> name_stem);

UPDATE notes SET body_folded =
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(body_folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i'), 'ς', 'σ')
WHERE body_folded <>
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(body_folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i'), 'ς', 'σ');

-- Two of a name that differ in nothing else now stay what they are.
UPDATE tags SET name_folded = plain.name
FROM (
    SELECT id, name, COUNT(*) OVER (PARTITION BY name) AS alike
    FROM (SELECT id, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name_folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i'), 'ς', 'σ') AS name FROM tags) AS folded
) AS plain
WHERE plain.id = tags.id AND plain.alike = 1 AND plain.name <> tags.name_folded;

UPDATE views SET name_folded = plain.name
FROM (
    SELECT id, name, COUNT(*) OVER (PARTITION BY staff_id, name) AS alike
    FROM (SELECT id, staff_id, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name_folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i'), 'ς', 'σ') AS name FROM views) AS folded
) AS plain
WHERE plain.id = views.id AND plain.alike = 1 AND plain.name <> views.name_folded;
