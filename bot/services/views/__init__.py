"""What the programme team is shown, put together once for page, export, report and chat out of nothing but what was told."""
