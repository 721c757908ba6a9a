//! The model card: what the recipe's author wrote, then what the program knows.

use std::fmt::Write as _;

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
    let recipe = facts.recipe;
    let mut card = facts.text.trim_end().to_owned();
    let lengths = facts.held_out.iter().map(|one| one.length.to_string());
    let lengths = lengths.collect::<Vec<String>>().join(", ");
    let _ = write!(
        card,
        "\n\n## Size\n\n\
         | what | value |\n|---|---|\n\
         | dimensions | {} |\n| trained prefix lengths | {lengths} |\n| vocabulary | {} tokens |\n\
         | parameters | {} |\n| longest text | {} tokens |\n| recipe | `{}`, fingerprint `{}`, seed {} |\n\
         | steps of the static stage | {} |\n",
        recipe.dimensions,
        facts.vocabulary,
        facts.parameters,
        facts.tokens_max,
        recipe.name,
        recipe.fingerprint,
        recipe.seed.0,
        recipe.distill.steps,
    );
    push_held_out(&mut card, facts.held_out);
    if let Some(report) = facts.evaluation {
        card.push_str(
            "\n## Scores on judged sets\n\n\
             Vector search alone, exact scan, no word matching.\n\
             None of these sets was used to train the model or to choose its recipe.\n\
             Command: `kukla-trainer evaluate --model FOLDER SETS...`.\n\n",
        );
        let table = report.table();
        card.push_str(
            table
                .split_once('\n')
                .map_or(table.as_str(), |(_, rest)| rest.trim_start()),
        );
    }
    card
}

fn push_held_out(card: &mut String, held_out: &[HeldOutScores]) {
    card.push_str(
        "\n## Scores on held-out training texts\n\n\
         nDCG@10, mean over languages; the recipe was chosen by these.\n\
         Command: `kukla-trainer distill RECIPE`, last lines of `distill.jsonl`.\n\n\
         | length | titles find bodies | texts find translations | pieces find the rest |\n\
         |---|---|---|---|\n",
    );
    for one in held_out {
        let _ = writeln!(
            card,
            "| {} | {:.3} | {:.3} | {:.3} |",
            one.length, one.titles, one.translations, one.crops
        );
    }
}
