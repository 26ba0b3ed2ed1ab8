#!powershell
# Runs a line of PowerShell, as ansible.windows.win_shell does: the least that a PowerShell module of Ansible sends and answers.
#AnsibleRequires -CSharpUtil Ansible.Basic

$module = [Ansible.Basic.AnsibleModule]::Create($args, @{ options = @{ line = @{ type = 'str'; required = $true } } })
$null = Invoke-Expression $module.Params.line
$module.Result.changed = $true
$module.ExitJson()
