//! The model card: what the recipe's author wrote, then what the program knows.

use crate::distill::held_out::HeldOutScores;
use crate::evaluate::report::Report;
use crate::recipe::Recipe;

/// What a card is made of.
#[derive(Debug)]
pub struct CardFacts<'a> {
    /// The recipe.
    pub recipe: &'a Recipe,
    /// What the recipe's author wrote: what it is, sources, licences.
    pub text: &'a str,
    /// Rows of the token table.
    pub vocabulary: usize,
    /// Weights of the model.
    pub parameters: u64,
    /// The longest text in tokens.
    pub tokens_max: usize,
    /// Figures on the held-out part, length by length.
    pub held_out: &'a [HeldOutScores],
    /// Figures on judged sets, where they were measured.
    pub evaluation: Option<&'a Report>,
}

/// Writes the card in Markdown.
pub fn card(facts: &CardFacts<'_>) -> String {
    let mut sections = vec![
        facts.text.trim_end().to_owned(),
        size(facts),
        held_out(facts.held_out),
    ];
    if let Some(report) = facts.evaluation {
        sections.push(evaluation(report));
    }
    sections.join("\n\n")
}

fn size(facts: &CardFacts<'_>) -> String {
    let recipe = facts.recipe;
    let lengths = facts.held_out.iter().map(|one| one.length.to_string());
    let lengths = lengths.collect::<Vec<String>>().join(", ");
    format!(
        "## Size\n\n\
         | what | value |\n|---|---|\n\
         | dimensions | {} |\n| trained prefix lengths | {lengths} |\n| vocabulary | {} tokens |\n\
         | parameters | {} |\n| longest text | {} tokens |\n| recipe | `{}`, fingerprint `{}`, seed {} |\n\
         | steps of the static stage | {} |",
        recipe.dimensions,
        facts.vocabulary,
        facts.parameters,
        facts.tokens_max,
        recipe.name,
        recipe.fingerprint,
        recipe.seed.0,
        recipe.distill.steps,
    )
}

fn held_out(scores: &[HeldOutScores]) -> String {
    let row = |one: &HeldOutScores| {
        let (titles, translations, crops) = (one.titles, one.translations, one.crops);
        format!(
            "| {} | {titles:.3} | {translations:.3} | {crops:.3} |",
            one.length
        )
    };
    let rows: Vec<String> = scores.iter().map(row).collect();
    format!(
        "## Scores on held-out training texts\n\n\
         nDCG@10, mean over languages, of texts kept out of training.\n\
         Command: `kukla-trainer distill RECIPE`, last line of `distill.jsonl`.\n\n\
         | length | titles find bodies | texts find translations | pieces find the rest |\n\
         |---|---|---|---|\n{}",
        rows.join("\n")
    )
}

pub(crate) fn evaluation(report: &Report) -> String {
    let table = report.table();
    // The first line names the folder the model was measured in.
    let tables = table
        .split_once('\n')
        .map_or("", |(_, tables)| tables.trim_start());
    format!(
        "## Scores on judged sets\n\n\
         Vector search alone, exact scan, no word matching.\n\
         None of these sets was used to train the model.\n\
         Whether their scores were in sight while the recipe was made, its author says above.\n\
         Command: `kukla-trainer evaluate --model FOLDER SETS...`.\n\n{tables}"
    )
}
