//! OpenAI's facade.

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};

use crate::extract::JsonBody;
use crate::facade;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::embeddings::{Embeddings, EmbeddingsAnswer, Models, OpenAiError, OpenAiProblem};

/// Embeds texts, in OpenAI's shape.
#[utoipa::path(post, path = "/v1/embeddings", tag = "embeddings",
    request_body = Embeddings,
    responses((status = 200, body = EmbeddingsAnswer),
        (status = "4XX", description = "In OpenAI's shape.", body = OpenAiError),
        (status = "5XX", description = "In OpenAI's shape.", body = OpenAiError)))]
pub(crate) async fn embed(
    State(state): State<AppState>,
    request: Request,
) -> Result<Json<EmbeddingsAnswer>, OpenAiProblem> {
    let body: JsonBody<Embeddings> = JsonBody::from_request(request, &state).await?;
    Ok(Json(facade::embed(&state, body.value).await?))
}

/// Lists the loaded model, in OpenAI's shape.
#[utoipa::path(get, path = "/v1/models", tag = "embeddings",
    responses((status = 200, body = Models)))]
pub(crate) async fn models(State(state): State<AppState>) -> Json<Models> {
    Json(facade::models(&state))
}
