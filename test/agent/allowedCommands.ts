/** All that the agent may call beside its own functions: each is PowerShell's own, and found where only administrators may write. */
export const ALLOWED_COMMANDS = ["Add-Type", "ConvertFrom-Json", "ConvertTo-Json", "New-Object", "Start-Sleep"] as const;
